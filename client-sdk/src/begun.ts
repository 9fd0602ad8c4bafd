import type { Outcome } from '@holdpoint/shared'

/**
 * How many reported actions are kept in mind. Who looks later is told by the server that they are reported; ours is for
 * the caller whose look was answered before the report: late by one round trip, not by thousands of acts.
 */
const KEPT = 10_000

/** What this process has begun: the same action must not run twice in it (AP7), reported or not. */
export class Begun {
  /** Not known to be reported: kept however many there are. */
  readonly #open = new Set<string>()
  /** Oldest report first. */
  readonly #reported = new Map<string, Outcome>()

  /** False where it was begun before. Of callers that were folded into one action, one gets true. */
  claim(id: string): boolean {
    if (this.#open.has(id) || this.#reported.has(id)) return false
    this.#open.add(id)
    return true
  }

  /** The server refused the claim, so nothing ran and nothing will: it may be asked for again. */
  withdraw(id: string): void {
    this.#open.delete(id)
  }

  /** The server has the outcome. */
  reported(id: string, outcome: Outcome): void {
    this.#open.delete(id)
    this.#reported.set(id, outcome)
    if (this.#reported.size > KEPT)
      for (const oldest of this.#reported.keys()) return void this.#reported.delete(oldest)
  }

  /** How it ended, where the server was told by this process. */
  outcome(id: string): Outcome | undefined {
    return this.#reported.get(id)
  }
}
