import { type Deferred, deferred } from './deferred.ts'

/** What of this process is under way: calls of `run()`, and of these, whose act is being executed. */
export class ActsInFlight {
  readonly #halted: () => void
  #runs = 0
  #executing = 0
  #idle: Deferred<void> | undefined

  /** `halted`: the last act that was being executed is over. */
  constructor(halted: () => void) {
    this.#halted = halted
  }

  /** An act is being executed; until it is over, a pause or a stop is not reached (AG2). Returns how to say so. */
  execute(): () => void {
    this.#executing += 1
    return () => {
      this.#executing -= 1
      if (this.#executing === 0) this.#halted()
    }
  }

  /** A call of `run()` has begun; until it is over, its report may be outstanding. Returns how to say so. */
  run(): () => void {
    this.#runs += 1
    return () => {
      this.#runs -= 1
      if (this.#runs === 0) {
        this.#idle?.resolve()
        this.#idle = undefined
      }
    }
  }

  get isExecuting(): boolean {
    return this.#executing > 0
  }

  get isIdle(): boolean {
    return this.#runs === 0
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    if (this.isIdle) return
    this.#idle ??= deferred()
    await this.#idle.promise
  }
}
