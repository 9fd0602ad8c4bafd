import type { Clock } from '../clock.ts'
import type { AgentKey } from './agent-key.ts'
import { agentKeyText } from './agent-key.ts'

/** PR8: how far a client's clock may run slow against ours, and what is added for good measure (AG4). */
const RATE = 1.002
const SLACK_MS = 50

const withAllowance = (ms: number): number => ms * RATE + SLACK_MS

/**
 * AG4: until when each agent may still believe itself entitled to act. In this node's memory alone; what it can not
 * know after a restart, it assumes.
 */
export interface LeaseTable {
  /**
   * Grants `leaseMs` to a process, counted by it from when it asked, which was before now; returns what was granted.
   * 0 while another process may still hold one (AG6), whatever came between the two, and while none may be granted.
   */
  grant(agent: AgentKey, instance: string, leaseMs: number): number
  /** The process gave it back, or certainly halted: nothing has to be waited for. */
  release(agent: AgentKey): void
  /** For how long at most some process may act under a lease, ms, by our clock. `runLeaseMs`: the run's length. */
  leftMs(agent: AgentKey, runLeaseMs: number): number
  /** What is left of a lease that was granted, as the agent counts it, ms; 0 when none. For display. */
  shownMs(agent: AgentKey): number
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
 */
export function createLeaseTable(clock: Clock, mayGrant: () => boolean = () => true): LeaseTable {
  const startedAt = clock.monotonicMs()
  const granted = new Map<string, Grant>()
  const left = (until: number): number => Math.max(0, Math.ceil(until - clock.monotonicMs()))
  return {
    grant(agent, instance, leaseMs) {
      if (!mayGrant()) return 0
      const now = clock.monotonicMs()
      const standing = granted.get(agentKeyText(agent))
      if (standing && standing.instance !== instance && left(standing.certain) > 0) return 0
      const certain = Math.max(standing?.certain ?? 0, now + withAllowance(leaseMs))
      granted.set(agentKeyText(agent), { instance, shown: now + leaseMs, certain })
      return leaseMs
    },
    release(agent) {
      granted.set(agentKeyText(agent), { instance: '', shown: 0, certain: 0 })
    },
    leftMs(agent, runLeaseMs) {
      // granted by the process before this one, at the latest when this one started
      return left(granted.get(agentKeyText(agent))?.certain ?? startedAt + withAllowance(runLeaseMs))
    },
    shownMs(agent) {
      return left(granted.get(agentKeyText(agent))?.shown ?? 0)
    },
  }
}
