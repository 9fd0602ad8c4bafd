import { type AgentView, compareEpochs, type Epoch, SECOND } from '@holdpoint/shared'
import type { Cancel, Clock } from '../clock.ts'
import { type AgentKey, agentKeyText } from '../commands/agent-key.ts'
import type { Bus } from '../subscriptions/ports.ts'

/** What only the node that holds an agent's connection knows of it. */
export type AgentPresence = Pick<AgentView, 'id' | 'connected' | 'leaseRemainingMs' | 'progress'>

/** A connection that a node of ours or another one holds. */
export interface Holding {
  readonly agent: AgentKey
  readonly epoch: Epoch
  /** When it took hold, on the store's clock, ms: of two under one epoch the later one counts. */
  readonly since: number
  readonly presence: AgentPresence
}

/**
 * Which agents other nodes hold, as far as they said so: for consoles to see, and so that an older connection of an agent
 * that has moved is let go. A hint like all that comes over the bus: what an agent may do never rests on it.
 */
export interface Elsewhere {
  /** What was last heard of an agent that another node holds; undefined where none said that it does. */
  presence(agent: AgentKey): AgentPresence | undefined
  /** Has the nodes that hold them say how they are; the answers are there a moment later. */
  ask(tenant: string, ids: readonly string[]): void
  held(holding: Holding): void
  left(agent: AgentKey): void
  close(): void
}

/** Each node says so often that it is there; of one that was not heard for three times as long nothing is believed. */
const HERE_EVERY_MS = 2 * SECOND
const GONE_AFTER_MS = 3 * HERE_EVERY_MS
const AT_ONCE = 200

/** Who holds nothing but its own agents. */
export const nowhereElse: Elsewhere = {
  presence: () => undefined,
  ask: () => {},
  held: () => {},
  left: () => {},
  close: () => {},
}

interface Heard {
  readonly node: string
  readonly epoch: Epoch
  readonly presence: AgentPresence
  readonly heardAt: number
}

export function createElsewhere(ports: {
  readonly bus: Bus
  readonly clock: Clock
  /** This process; another one each time it starts. */
  readonly node: string
  /** What this node holds: all of it, or of one tenant's agents. */
  readonly mine: (only?: { readonly tenant: string; readonly ids: readonly string[] }) => Iterable<Holding>
  /** Another node holds the agent since later: a connection of ours is an old one. */
  readonly moved: (agent: AgentKey, epoch: Epoch, since: number) => void
}): Elsewhere {
  const { bus, clock, node, mine, moved } = ports
  const heard = new Map<string, Heard>()
  const nodes = new Map<string, number>()
  let cancelTimer: Cancel | undefined

  const tell = (holdings: Iterable<Holding>, fresh: boolean): void => {
    const all = [...holdings]
    for (let from = 0; from < all.length; from += AT_ONCE)
      bus.send('held', { node, fresh, holdings: all.slice(from, from + AT_ONCE) })
  }

  const here = (): void => {
    bus.send('here', { node })
    for (const [other, heardAt] of nodes)
      if (clock.monotonicMs() - heardAt > GONE_AFTER_MS) {
        nodes.delete(other)
        for (const [key, one] of heard) if (one.node === other) heard.delete(key)
      }
    cancelTimer = clock.after(HERE_EVERY_MS, here)
  }

  const noteHere = (other: string): void => {
    const isNew = !nodes.has(other)
    nodes.set(other, clock.monotonicMs())
    // it may have started later than what this node holds was told
    if (isNew) tell(mine(), false)
  }

  bus.on('here', (message) => {
    const other = (message as { node?: unknown } | null)?.node
    if (typeof other === 'string') noteHere(other)
  })
  bus.on('held', (message) => {
    const said = readHeld(message)
    if (!said) return
    noteHere(said.node)
    for (const { agent, epoch, since, presence } of said.holdings) {
      const key = agentKeyText(agent)
      const known = heard.get(key)
      if (known && compareEpochs(known.epoch, epoch) > 0) continue
      heard.set(key, { node: said.node, epoch, presence, heardAt: clock.monotonicMs() })
      if (said.fresh) moved(agent, epoch, since)
    }
  })
  bus.on('left', (message) => {
    const { node: other, agent } = (message ?? {}) as { node?: unknown; agent?: AgentKey }
    if (!agent) return
    const key = agentKeyText(agent)
    if (heard.get(key)?.node === other) heard.delete(key)
  })
  bus.on('ask', (message) => {
    const { tenant, ids } = (message ?? {}) as { tenant?: unknown; ids?: unknown }
    if (typeof tenant === 'string' && Array.isArray(ids)) tell(mine({ tenant, ids }), false)
  })
  here()

  return {
    presence(agent) {
      const one = heard.get(agentKeyText(agent))
      if (!one) return undefined
      const leftMs = one.presence.leaseRemainingMs - (clock.monotonicMs() - one.heardAt)
      return { ...one.presence, leaseRemainingMs: Math.max(0, Math.ceil(leftMs)) }
    },
    ask(tenant, ids) {
      if (ids.length > 0 && nodes.size > 0) bus.send('ask', { tenant, ids })
    },
    held(holding) {
      heard.delete(agentKeyText(holding.agent))
      tell([holding], true)
    },
    left: (agent) => bus.send('left', { node, agent }),
    close() {
      cancelTimer?.()
    },
  }
}

function readHeld(
  message: unknown,
): { readonly node: string; readonly fresh: boolean; readonly holdings: readonly Holding[] } | undefined {
  const { node, fresh, holdings } = (message ?? {}) as Record<string, unknown>
  if (typeof node !== 'string' || !Array.isArray(holdings)) return undefined
  return { node, fresh: fresh === true, holdings: holdings.filter(isHolding) }
}

function isHolding(holding: unknown): holding is Holding {
  if (typeof holding !== 'object' || holding === null) return false
  const { agent, epoch, since, presence } = holding as Partial<Holding>
  return (
    typeof agent?.tenant === 'string' &&
    typeof agent.id === 'string' &&
    typeof epoch === 'string' &&
    typeof since === 'number' &&
    typeof presence?.leaseRemainingMs === 'number'
  )
}
