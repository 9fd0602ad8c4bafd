/** Fills a store by the server's own decisions, past all sockets and at a time of its own: days of work are there in a minute. */
import { openEmbeddedStore } from '@holdpoint/server'
import { type Line, type Principal, startNode } from '@holdpoint/server/parts'
import { newId, ok, type Role } from '@holdpoint/shared'
import { unflushedDisk } from '../../harness/careless-disks.ts'
import { manualClock } from '../../harness/manual-clock.ts'

/** Somebody who is heard without a connection. */
export interface Speaker {
  /** Sends one request with a key of its own; returns what it is answered with. Throws where it is refused. */
  say<T extends object>(request: string, body: object): Promise<T>
  /** The same for what changes nothing, and takes no key. */
  ask<T extends object>(request: string, body: object): Promise<T>
}

/** A node that nobody is connected to, on a clock that stands still. */
export interface QuietNode {
  agent(id: string): Speaker
  admin(id: string): Speaker
}

export const TENANT = 'default'

/** So many of one tenant may be open: as many as the scale is measured with. */
const policy = { version: 'scale-1', caps: { tenantOpenItems: 1_000_000 } }

/**
 * `at`: what the clock shows meanwhile, ms since the epoch. No commit waits for the disk: the folder is whole at
 * the end, and nobody reads it before.
 */
export async function fillStore(
  folder: string,
  at: number,
  work: (node: QuietNode) => Promise<void>,
): Promise<void> {
  const clock = manualClock(at)
  const store = await openEmbeddedStore({ folder, clock, disk: unflushedDisk })
  const node = await startNode({
    name: 'filling',
    store,
    clock,
    log: {
      info: () => {},
      error: (fields, message) => {
        throw new Error(message, { cause: fields })
      },
    },
    broadcast: () => {},
    sendAll: () => {},
    endWhere: () => {},
  })
  await node.adoptPolicy(TENANT, { document: policy, reason: 'the scale is measured' })
  const speaker = (space: '/agent' | '/operator', id: string, role: Role): Speaker => {
    const desk = node.desks[space](deafLine({ tenant: TENANT, id, role, at }))
    const ask = async <T extends object>(request: string, body: object): Promise<T> => {
      const reply = await desk.handle(request, body)
      if (!reply.ok) throw new Error(`${request} was refused: ${JSON.stringify(reply.error)}`)
      return reply as unknown as T
    }
    return { ask, say: (request, body) => ask(request, { key: newId(), ...body }) }
  }
  try {
    await work({
      agent: (id) => speaker('/agent', id, 'agent'),
      admin: (id) => speaker('/operator', id, 'admin'),
    })
  } finally {
    await node.stop()
    await store.close()
  }
}

function deafLine({ tenant, id, role, at }: { tenant: string; id: string; role: Role; at: number }): Line {
  const principal: Principal = {
    tenant,
    id,
    role,
    labels: {},
    jti: newId(),
    issuedAt: at,
    expiresAt: Number.MAX_SAFE_INTEGER,
  }
  return {
    id: newId(),
    principal: () => principal,
    emit: () => {},
    isBehind: () => false,
    refresh: async () => ok(principal),
    join: () => {},
    end: () => {},
  }
}
