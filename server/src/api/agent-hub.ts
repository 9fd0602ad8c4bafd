import {
  type AgentView,
  compareEpochs,
  type Epoch,
  matches,
  type OrderNotice,
  type Progress,
  type Push,
} from '@holdpoint/shared'
import type { AgentKey } from '../commands/agent-key.ts'
import { agentKeyText } from '../commands/agent-key.ts'
import type { LeaseTable } from '../commands/leases.ts'
import type { AgentDocument } from '../domain/agent-document.ts'
import { agentFacts } from '../domain/views.ts'
import { type AgentPresence, type Elsewhere, type Holding, nowhereElse } from './elsewhere.ts'
import { freshPush } from './fresh-views.ts'
import type { Line } from './line.ts'

/** A connection that holds an agent's run. */
export interface Holder {
  readonly agent: AgentKey
  readonly epoch: Epoch
  /** As its token says now: order notices go by them. */
  labels: Readonly<Record<string, string>>
  readonly line: Line
  /** The last push it was told, or knew when it took hold. */
  sentSeq: number
  progress?: Omit<Progress, 'epoch'> | undefined
  /** When it took hold, on the store's clock, ms. */
  since?: number
}

/** Which connection of this node holds which agent: one each (AG6). */
export interface AgentHub {
  /** Takes hold. An older connection of the agent is ended; one that holds a newer epoch stays, and this one ends. */
  bind(holder: Holder): void
  unbind(holder: Holder): void
  wantsPush(agent: AgentKey, seq: number): boolean
  push(agent: AgentKey, push: Push): void
  /** The same process has another connection since then, on another node: an older one here is ended. */
  moved(agent: AgentKey, epoch: Epoch, since: number): void
  /** AG6: another process holds the agent's run now, on whatever node: an older connection is ended. */
  superseded(agent: AgentKey, epoch: Epoch): void
  /** AG7: tells the tenant's agents that the order's selector covers. */
  notify(tenant: string, notice: OrderNotice): void
  /** The agent as consoles see it: what the document says, beside what only the node knows that holds it. */
  view(tenant: string, doc: AgentDocument): AgentView
  presence(agent: AgentKey): AgentPresence
  /** Has other nodes say how the agents are that they hold; `presence` shows it a moment later. */
  refresh(tenant: string, ids: readonly string[]): void
  /** What this node holds: all of it, or of those agents. */
  mine(only?: { readonly tenant: string; readonly ids: readonly string[] }): Iterable<Holding>
}

/**
 * How far two nodes may be apart in what they take for the store's clock. Who ends a connection wrongly because of it makes
 * the agent connect once more; who did not end an old one would go on sending to nobody.
 */
const CLOCKS_APART_MS = 2_000

/** Sends the same to many agents' connections, all in this turn. */
export type SendAll = (lines: readonly Line[], event: string, body: object) => void

export function createAgentHub(ports: {
  readonly leases: LeaseTable
  readonly sendAll: SendAll
  /** AG2: a pause or stop went out to the agent's socket in this push. */
  readonly delivered: (agent: AgentKey, seq: number) => void
  /** The store's clock. */
  readonly now: () => number
  /** Needed where nodes share the store. */
  readonly elsewhere?: () => Elsewhere
}): AgentHub {
  const { leases, sendAll, delivered, now, elsewhere = () => nowhereElse } = ports
  const holders = new Map<string, Holder>()

  const presence: AgentHub['presence'] = (agent) => {
    const holder = holders.get(agentKeyText(agent))
    const there = holder ? undefined : elsewhere().presence(agent)
    if (there) return there
    return {
      id: agent.id,
      connected: holder !== undefined,
      leaseRemainingMs: leases.shownMs(agent),
      ...(holder?.progress && { progress: holder.progress }),
    }
  }

  const holding = ({ agent, epoch, since = 0 }: Holder): Holding => ({
    agent,
    epoch,
    since,
    presence: presence(agent),
  })

  return {
    bind(holder) {
      const key = agentKeyText(holder.agent)
      const standing = holders.get(key)
      if (standing && compareEpochs(standing.epoch, holder.epoch) > 0) return holder.line.end()
      holder.since = now()
      holders.set(key, holder)
      elsewhere().held(holding(holder))
      if (standing && standing.line !== holder.line) standing.line.end()
    },
    unbind(holder) {
      const key = agentKeyText(holder.agent)
      if (holders.get(key) !== holder) return
      holders.delete(key)
      elsewhere().left(holder.agent)
    },
    wantsPush(agent, seq) {
      const holder = holders.get(agentKeyText(agent))
      return holder !== undefined && holder.sentSeq < seq
    },
    push(agent, push) {
      const holder = holders.get(agentKeyText(agent))
      if (!holder || holder.sentSeq >= push.seq) return
      holder.sentSeq = push.seq
      holder.line.emit('push', push.items.length > 0 ? freshPush(push, now()) : push)
      const halts = push.state === 'paused' || push.state === 'stopped'
      if (halts && push.items.length === 0) delivered(agent, push.seq)
    },
    moved(agent, epoch, since) {
      const holder = holders.get(agentKeyText(agent))
      if (holder?.epoch === epoch && since > (holder.since ?? 0) - CLOCKS_APART_MS) holder.line.end()
    },
    superseded(agent, epoch) {
      const holder = holders.get(agentKeyText(agent))
      if (holder && compareEpochs(epoch, holder.epoch) > 0) holder.line.end()
    },
    notify(tenant, notice) {
      const lines: Line[] = []
      for (const { agent, labels, line } of holders.values())
        if (agent.tenant === tenant && matches(notice.selector, { id: agent.id, labels })) lines.push(line)
      sendAll(lines, 'order', notice)
    },
    presence,
    refresh(tenant, ids) {
      elsewhere().ask(
        tenant,
        ids.filter((id) => !holders.has(agentKeyText({ tenant, id }))),
      )
    },
    *mine(only) {
      if (!only) for (const holder of holders.values()) yield holding(holder)
      for (const id of only?.ids ?? []) {
        const holder = holders.get(agentKeyText({ tenant: only?.tenant ?? '', id }))
        if (holder) yield holding(holder)
      }
    },
    view(tenant, doc) {
      const { connected, leaseRemainingMs, progress } = presence({ tenant, id: doc.id })
      // before what is spread: behind it they would give each view a hidden class of its own (docs/benchmarks.md)
      return { connected, leaseRemainingMs, progress, ...agentFacts(doc) }
    },
  }
}
