import type { Clock } from '../clock.ts'
import { type AgentKey, agentKeyText } from './agent-key.ts'

/** ES4: which agents came back over a new connection a moment ago. Kept by the node that they came back to. */
export interface Reconnects {
  note(agent: AgentKey, leaseMs: number): void
  /** For one lease after a reconnect, when an agent asks again for what it had lost. */
  isQuiet(agent: AgentKey): boolean
}

/** After a quiet time the next must wait so many leases: who reconnects for ever must not stay unwatched. */
const REST = 3

export function createReconnects(clock: Clock): Reconnects {
  const known = new Map<string, { readonly quietUntil: number; readonly restUntil: number }>()

  /** Only from the front, so that a crowd that comes back at once costs each of it the same: a later one may wait there. */
  const forget = (now: number): void => {
    for (const [agent, { restUntil }] of known) {
      if (restUntil > now) return
      known.delete(agent)
    }
  }

  return {
    note(agent, leaseMs) {
      const now = clock.monotonicMs()
      forget(now)
      const key = agentKeyText(agent)
      if (now < (known.get(key)?.restUntil ?? 0)) return
      known.delete(key)
      known.set(key, { quietUntil: now + leaseMs, restUntil: now + (1 + REST) * leaseMs })
    },
    isQuiet: (agent) => clock.monotonicMs() < (known.get(agentKeyText(agent))?.quietUntil ?? 0),
  }
}
