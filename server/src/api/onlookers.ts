import { type Onlooking, type Presence, SECOND } from '@holdpoint/shared'
import type { Cancel, Clock } from '../clock.ts'
import type { Bus } from '../subscriptions/ports.ts'
import type { Line } from './line.ts'

/**
 * Who has what before them, so that two people do not work on the same thing unawares. Kept in memory and told to the
 * tenant's consoles on all nodes; nothing of it is stored, and nothing rests on it.
 */
export interface Onlookers {
  /** A console is told from now on. */
  join(line: Line): void
  /** What this connection's person has on screen; undefined: nothing that waits. */
  look(line: Line, person: string, item: string | undefined): void
  leave(line: Line): void
  close(): void
}

/** What comes within so long is told as one. */
const TOGETHER_MS = 300
/** So often a node says again who looks on it; of one that was silent for three times as long nothing is believed. */
const AGAIN_EVERY_MS = 5 * SECOND
const GONE_AFTER_MS = 3 * AGAIN_EVERY_MS
/** Of one tenant, on one node and in one message; beyond it some are left out. */
const MOST = 200

interface Looking {
  readonly id: string
  readonly person: string
}

interface Console {
  readonly line: Line
  looking?: Looking | undefined
  /** It had a good deal to read, and was spared the last picture. */
  owed: boolean
}

export function createOnlookers({
  clock,
  node,
  bus,
}: {
  readonly clock: Clock
  /** This process; another one each time it starts. */
  readonly node: string
  /** Undefined where there is one node. */
  readonly bus: Bus | undefined
}): Onlookers {
  const here = new Map<string, Map<string, Console>>()
  /** By tenant, then by node. */
  const there = new Map<
    string,
    Map<string, { readonly looking: readonly Looking[]; readonly heardAt: number }>
  >()
  const changed = new Set<string>()
  let cancelTelling: Cancel | undefined
  let cancelRound: Cancel | undefined
  let closed = false

  const mine = (tenant: string): readonly Looking[] =>
    [...(here.get(tenant)?.values() ?? [])].flatMap(({ looking }) => looking ?? []).slice(0, MOST)

  const picture = (tenant: string): readonly Onlooking[] => {
    const people = new Map<string, Set<string>>()
    const all = [mine(tenant), ...[...(there.get(tenant)?.values() ?? [])].map(({ looking }) => looking)]
    for (const { id, person } of all.flat()) {
      const known = people.get(id)
      if (known) known.add(person)
      else if (people.size < MOST) people.set(id, new Set([person]))
    }
    return [...people].map(([id, names]) => ({ id, people: [...names].sort() }))
  }

  const show = (tenant: string, only: (one: Console) => boolean): void => {
    const presence: Presence = { agents: [], onlookers: picture(tenant) }
    for (const one of here.get(tenant)?.values() ?? []) {
      if (!only(one)) continue
      one.owed = one.line.isBehind()
      if (!one.owed) one.line.emit('presence', presence)
    }
  }

  const tellOthers = (tenant: string): void => bus?.send('looking', { node, tenant, looking: mine(tenant) })

  const tell = (): void => {
    cancelTelling = undefined
    for (const tenant of changed) show(tenant, () => true)
    changed.clear()
    goRound()
  }

  const change = (tenant: string): void => {
    // connections end after it
    if (closed) return
    changed.add(tenant)
    cancelTelling ??= clock.after(TOGETHER_MS, tell)
  }

  /** Says again what others may have missed, and lets go of who is not heard of any more. */
  const round = (): void => {
    cancelRound = undefined
    for (const [tenant, nodes] of there) {
      for (const [other, { heardAt }] of nodes)
        if (clock.monotonicMs() - heardAt > GONE_AFTER_MS) {
          nodes.delete(other)
          change(tenant)
        }
      if (nodes.size === 0) there.delete(tenant)
    }
    for (const tenant of here.keys()) {
      if (mine(tenant).length > 0) tellOthers(tenant)
      show(tenant, ({ owed }) => owed)
    }
    goRound()
  }
  const goRound = (): void => {
    const isNeeded = [...here.values()].some((consoles) =>
      [...consoles.values()].some(({ looking, owed }) => looking !== undefined || owed),
    )
    if (isNeeded || there.size > 0) cancelRound ??= clock.after(AGAIN_EVERY_MS, round)
  }

  bus?.on('looking', (message) => {
    const said = readLooking(message)
    if (!said || said.node === node) return
    const nodes = there.get(said.tenant) ?? new Map()
    there.set(said.tenant, nodes)
    nodes.set(said.node, { looking: said.looking, heardAt: clock.monotonicMs() })
    change(said.tenant)
  })

  return {
    join(line) {
      const { tenant } = line.principal()
      const consoles = here.get(tenant) ?? new Map<string, Console>()
      here.set(tenant, consoles)
      const one = consoles.get(line.id) ?? { line, owed: false }
      consoles.set(line.id, one)
      if (picture(tenant).length > 0) show(tenant, (other) => other === one)
    },
    look(line, person, item) {
      const { tenant } = line.principal()
      const one = here.get(tenant)?.get(line.id)
      if (!one || one.looking?.id === item) return
      one.looking = item === undefined ? undefined : { id: item, person }
      tellOthers(tenant)
      change(tenant)
    },
    leave(line) {
      const { tenant } = line.principal()
      const consoles = here.get(tenant)
      const one = consoles?.get(line.id)
      if (!consoles || !one) return
      consoles.delete(line.id)
      if (consoles.size === 0) here.delete(tenant)
      if (!one.looking) return
      tellOthers(tenant)
      change(tenant)
    },
    close() {
      closed = true
      cancelTelling?.()
      cancelRound?.()
    },
  }
}

function readLooking(
  message: unknown,
): { readonly node: string; readonly tenant: string; readonly looking: readonly Looking[] } | undefined {
  const { node, tenant, looking } = (message ?? {}) as Record<string, unknown>
  if (typeof node !== 'string' || typeof tenant !== 'string' || !Array.isArray(looking)) return undefined
  return { node, tenant, looking: looking.filter(isLooking).slice(0, MOST) }
}

function isLooking(one: unknown): one is Looking {
  const { id, person } = (one ?? {}) as Partial<Looking>
  return typeof id === 'string' && typeof person === 'string'
}
