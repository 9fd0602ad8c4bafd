import type { Clocks } from './clocks.ts'
import { type Logger, toStandardError } from './logger.ts'

/** So long without a connection is more than a blip. */
const PATIENCE_MS = 3_000

/**
 * Says once per outage, after a while, that the agent waits, for whom and why: an agent that merely stands still looks
 * like one that hangs. Whoever read that is told when it is over. Said on standard error where no logger was given.
 */
export class Outage {
  readonly #url: string
  readonly #clocks: Clocks
  readonly #logger: Logger
  #cancel: (() => void) | undefined
  #why = 'no answer yet'
  #told = false

  constructor(url: string, clocks: Clocks, logger: Logger = toStandardError) {
    this.#url = url
    this.#clocks = clocks
    this.#logger = logger
  }

  /** From now on there is none. */
  begin(): void {
    this.#why = 'no answer yet'
    this.#cancel ??= this.#clocks.after(PATIENCE_MS, () => this.#tell(), true)
  }

  /** What a try came to, or what is being waited for. */
  because(why: string): void {
    this.#why = why
  }

  /** There is one again. */
  over(): void {
    if (this.#told) this.#logger.warn(`holdpoint: the control plane at ${this.#url} is there; going on`)
    this.end()
  }

  /** Nobody waits for it any longer. */
  end(): void {
    this.#told = false
    this.#cancel?.()
    this.#cancel = undefined
  }

  #tell(): void {
    this.#told = true
    this.#logger.warn(`holdpoint: waiting for the control plane at ${this.#url} (${this.#why}); trying on`)
  }
}
