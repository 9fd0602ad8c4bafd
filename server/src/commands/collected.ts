import type { AgentState, ErrorCode, TargetResult } from '@holdpoint/shared'
import type { Answer } from '../domain/commands.ts'
import type { StoredEvent } from '../store/store.ts'
import type { Handled } from './handle-command.ts'

/** An answer must stay within one message; what is over comes by the feed. */
const MAX_RESULTS = 1_000
const MAX_EVENTS = 200

/** What an answer to a command on many agents tells of them. */
interface Results {
  readonly results: readonly TargetResult[]
  readonly remaining?: number
  readonly unlisted?: number
}

/** What came back agent by agent, bounded; and what did not, counted (AG7). */
export class Collected {
  readonly #of: number
  #answered = 0
  readonly #done: TargetResult[] = []
  readonly #refused: TargetResult[] = []
  readonly #events: StoredEvent[]
  readonly #beside: readonly ErrorCode[]

  /** `of`: how many agents it concerns; `leftOut`: refusals by which it plainly does not apply to one. */
  constructor(of: number, events: readonly StoredEvent[], leftOut: readonly ErrorCode[] = []) {
    this.#of = of
    this.#events = [...events]
    this.#beside = leftOut
  }

  add(agent: string, { answer, events, doc }: Handled): void {
    this.#answered += 1
    if (this.#events.length + events.length <= MAX_EVENTS) this.#events.push(...events)
    if (answer.ok) this.#done.push({ agent, ok: true, state: stateOf(answer) ?? doc?.machine.state })
    else if (!this.#beside.includes(answer.error.code))
      this.#refused.push({ agent, ok: false, error: answer.error })
  }

  /** As of now: what comes later must not change what was sent. Where not all fit, who refused comes first. */
  results(): Results {
    const all = [...this.#refused, ...this.#done]
    const remaining = this.#of - this.#answered
    const unlisted = all.length - MAX_RESULTS
    return {
      results: all.slice(0, MAX_RESULTS),
      ...(remaining > 0 && { remaining }),
      ...(unlisted > 0 && { unlisted }),
    }
  }

  events(): readonly StoredEvent[] {
    return [...this.#events]
  }
}

export const stateOf = (answer: Extract<Answer, { ok: true }>): AgentState | undefined =>
  answer.value.state as AgentState | undefined
