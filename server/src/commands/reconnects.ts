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
/** How many are looked at for each that comes: more than it adds, and never a whole crowd that came back at once. */
const LOOKED_AT = 2

export function createReconnects(clock: Clock): Reconnects {
  const known = new Map<string, { readonly quietUntil: number; readonly restUntil: number }>()
  /** Those in `known`, in no order: what a map holds first is found only past all that was deleted before it. */
  const agents: string[] = []
  let next = 0

  /** Round and round, a few in a call. */
  const forget = (now: number): void => {
    for (let looks = 0; looks < LOOKED_AT && agents.length > 0; looks++) {
      if (next >= agents.length) next = 0
      const agent = agents[next] as string
      if ((known.get(agent)?.restUntil ?? 0) > now) {
        next += 1
        continue
      }
      known.delete(agent)
      const last = agents.pop() as string
      if (next < agents.length) agents[next] = last
    }
  }

  return {
    note(agent, leaseMs) {
      const now = clock.monotonicMs()
      forget(now)
      const key = agentKeyText(agent)
      const before = known.get(key)
      if (before && now < before.restUntil) return
      if (!before) agents.push(key)
      known.set(key, { quietUntil: now + leaseMs, restUntil: now + (1 + REST) * leaseMs })
    },
    isQuiet: (agent) => clock.monotonicMs() < (known.get(agentKeyText(agent))?.quietUntil ?? 0),
  }
}
