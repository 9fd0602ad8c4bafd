/** A console that somebody opens and leaves open: the real client, which only shows where things stand. */
import { OperatorClient } from '@holdpoint/client/operator'
import type { Principal } from '@holdpoint/server/parts'
import { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'
import { tokenOf } from './token.ts'

/** What a console shows, and to whom. */
export interface Console {
  readonly name: string
  readonly client: OperatorClient
}

/** `opened`: told once there is something to look at. */
export function openConsole(
  world: World,
  { name, rate, opened }: { name: string; rate: number; opened: (console: Console) => void },
): void {
  const machine = new Machine(world, name, { rate })
  const principal: Principal = {
    tenant: 'acme',
    id: name,
    role: 'viewer',
    labels: {},
    jti: name,
    issuedAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
  }
  world.schedule(machine, 0, 'open', () => {
    const client = new OperatorClient({
      url: 'http://any',
      token: tokenOf(principal),
      clocks: machine.clocks,
    })
    opened({ name, client })
    client.ready().catch((error: unknown) => world.defect(error))
  })
}
