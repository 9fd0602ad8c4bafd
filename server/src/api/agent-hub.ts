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
}

/** Which connection of this node holds which agent: one each (AG6). */
export interface AgentHub {
  /** Takes hold. An older connection of the agent is ended; one that holds a newer epoch stays, and this one ends. */
  bind(holder: Holder): void
  unbind(holder: Holder): void
  wantsPush(agent: AgentKey, seq: number): boolean
  push(agent: AgentKey, push: Push): void
  /** AG6: another process holds the agent's run now, on whatever node: an older connection is ended. */
  superseded(agent: AgentKey, epoch: Epoch): void
  /** AG7: tells the tenant's agents that the order's selector covers. */
  notify(tenant: string, notice: OrderNotice): void
  /** The agent as consoles see it: what the document says, beside what only this node knows. */
  view(tenant: string, doc: AgentDocument): AgentView
  presence(agent: AgentKey): Pick<AgentView, 'id' | 'connected' | 'leaseRemainingMs' | 'progress'>
}

export function createAgentHub(ports: {
  readonly leases: LeaseTable
  /** AG2: a pause or stop went out to the agent's socket in this push. */
  readonly delivered: (agent: AgentKey, seq: number) => void
}): AgentHub {
  const { leases, delivered } = ports
  const holders = new Map<string, Holder>()

  const presence: AgentHub['presence'] = (agent) => {
    const holder = holders.get(agentKeyText(agent))
    return {
      id: agent.id,
      connected: holder !== undefined,
      leaseRemainingMs: leases.shownMs(agent),
      ...(holder?.progress && { progress: holder.progress }),
    }
  }

  return {
    bind(holder) {
      const key = agentKeyText(holder.agent)
      const standing = holders.get(key)
      if (standing && compareEpochs(standing.epoch, holder.epoch) > 0) return holder.line.end()
      holders.set(key, holder)
      if (standing && standing.line !== holder.line) standing.line.end()
    },
    unbind(holder) {
      const key = agentKeyText(holder.agent)
      if (holders.get(key) === holder) holders.delete(key)
    },
    wantsPush(agent, seq) {
      const holder = holders.get(agentKeyText(agent))
      return holder !== undefined && holder.sentSeq < seq
    },
    push(agent, push) {
      const holder = holders.get(agentKeyText(agent))
      if (!holder || holder.sentSeq >= push.seq) return
      holder.sentSeq = push.seq
      holder.line.emit('push', push)
      const halts = push.state === 'paused' || push.state === 'stopped'
      if (halts && push.items.length === 0) delivered(agent, push.seq)
    },
    superseded(agent, epoch) {
      const holder = holders.get(agentKeyText(agent))
      if (holder && compareEpochs(epoch, holder.epoch) > 0) holder.line.end()
    },
    notify(tenant, notice) {
      for (const { agent, labels, line } of holders.values())
        if (agent.tenant === tenant && matches(notice.selector, { id: agent.id, labels }))
          line.emit('order', notice)
    },
    presence,
    view: (tenant, doc) => ({ ...agentFacts(doc), ...presence({ tenant, id: doc.id }) }),
  }
}
