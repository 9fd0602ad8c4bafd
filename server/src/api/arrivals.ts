import type { Cancel, Clock } from '../clock.ts'

/** How long the first one waits for others at most. */
const MOST_MS = 5
/** As many as wait at most. */
const MOST_WAITING = 64

/**
 * Who comes in a crowd begins with others: what is decided in one turn of the event loop is written with one flush, and each flush
 * holds everybody up. Nobody waits for others while nobody else is being let in.
 */
export class Arrivals {
  readonly #clock: Clock
  #comingIn = 0
  #waiting: (() => void)[] = []
  #cancel: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Somebody shows who they are; `cameIn` is to be called once that is settled. */
  comesIn(): void {
    this.#comingIn += 1
  }

  cameIn(): void {
    this.#comingIn -= 1
    if (this.#comingIn === 0) this.#goOn()
  }

  /** Resolves when it is time to begin; undefined where that is now. */
  together(): Promise<void> | undefined {
    if (this.#comingIn === 0) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length >= MOST_WAITING) this.#goOn()
      else this.#cancel ??= this.#clock.after(MOST_MS, () => this.#goOn())
    })
  }

  #goOn(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
