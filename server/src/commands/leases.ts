import type { Clock } from '../clock.ts'
import type { AgentKey } from './agent-key.ts'
import { agentKeyText } from './agent-key.ts'

/** PR8: how far a client's clock may run slow against ours, and what is added for good measure (AG4). */
const RATE = 1.002
const SLACK_MS = 50

const withAllowance = (ms: number): number => ms * RATE + SLACK_MS

/**
 * AG4: until when each agent may still believe itself entitled to act. In this node's memory alone; what it can not
 * know, because it started later or because another node may have granted it, it assumes.
 */
export interface LeaseTable {
  /**
   * Grants a process of the run's length `leaseMs`, counted by it from when it asked, which was before now; returns
   * what was granted. Never beyond `leaseMs` after `asOf`, from when on a stop may have been committed that this node
   * does not know (StoreView). 0 while another process may still hold one (AG6), whatever came between the two, and
   * while none may be granted.
   */
  grant(agent: AgentKey, instance: string, leaseMs: number, asOf?: number): number
  /** The process gave it back, or certainly halted: nothing has to be waited for. */
  release(agent: AgentKey): void
  /**
   * For how long at most some process may act under a lease, ms, by our clock. `runLeaseMs`: the run's length, 0 where there
   * is no run.
   */
  leftMs(agent: AgentKey, runLeaseMs: number, fence?: Fence): number
  /** As `leftMs`, of a lease of that length that was granted before this node started, whoever granted it. */
  leftOfFormerMs(leaseMs: number): number
  /**
   * From now on no node that knows of this fence grants anything. Told as soon as this node learns of it; the first
   * time counts. Only where nodes share a store.
   */
  fenced(agent: AgentKey, name: string): void
  /** What is left of a lease that was granted, as the agent counts it, ms; 0 when none. For display. */
  shownMs(agent: AgentKey): number
}

/** A committed fact after which no lease is granted any more: a pause, a stop, a takeover that waits. */
export interface Fence {
  /** Another one of the same agent has another name. */
  readonly name: string
  /** How long a lease granted right before it may last, ms. */
  readonly lastsMs: number
}

/** On our monotonic clock: until when the agent counts its lease, and until when it may at most. */
interface Grant {
  readonly instance: string
  readonly shown: number
  readonly certain: number
}

/**
 * `mayGrant`: whether a stop could be written right now. Where it could not, nobody's leave to act is renewed: agents
 * halt within their lease, as if they were cut off (AG5), and go on once there is room.
 * `isShared`: other nodes grant leases too. What they granted is certainly over a lease after this node has seen a fence
 * (AG6); by its own monotonic clock, since the store's may be set ahead (PR8).
 */
export function createLeaseTable(
  clock: Clock,
  { mayGrant = () => true, isShared = false }: { mayGrant?: () => boolean; isShared?: boolean } = {},
): LeaseTable {
  const startedAt = clock.monotonicMs()
  const granted = new Map<string, Grant>()
  const fences = new Map<string, { readonly name: string; readonly seenAt: number }>()
  const left = (until: number): number => Math.max(0, Math.ceil(until - clock.monotonicMs()))

  const fenced: LeaseTable['fenced'] = (agent, name) => {
    const key = agentKeyText(agent)
    if (isShared && fences.get(key)?.name !== name) fences.set(key, { name, seenAt: clock.monotonicMs() })
  }

  return {
    grant(agent, instance, leaseMs, asOf = Number.POSITIVE_INFINITY) {
      if (!mayGrant()) return 0
      const now = clock.monotonicMs()
      const standing = granted.get(agentKeyText(agent))
      if (standing && standing.instance !== instance && left(standing.certain) > 0) return 0
      const ttlMs = Math.floor(leaseMs - Math.max(0, now - asOf))
      if (ttlMs <= 0) return 0
      const certain = Math.max(standing?.certain ?? 0, now + withAllowance(ttlMs))
      granted.set(agentKeyText(agent), { instance, shown: now + ttlMs, certain })
      return ttlMs
    },
    release(agent) {
      granted.set(agentKeyText(agent), { instance: '', shown: 0, certain: 0 })
    },
    leftMs(agent, runLeaseMs, fence) {
      if (isShared) {
        if (!fence) return runLeaseMs > 0 ? Math.ceil(withAllowance(runLeaseMs)) : 0
        fenced(agent, fence.name)
        return left((fences.get(agentKeyText(agent))?.seenAt ?? 0) + withAllowance(fence.lastsMs))
      }
      // granted by the process before this one, at the latest when this one started
      return left(granted.get(agentKeyText(agent))?.certain ?? startedAt + withAllowance(runLeaseMs))
    },
    leftOfFormerMs: (leaseMs) => left(startedAt + withAllowance(leaseMs)),
    fenced,
    shownMs(agent) {
      return left(granted.get(agentKeyText(agent))?.shown ?? 0)
    },
  }
}
