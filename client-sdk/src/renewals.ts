import type { Clocks } from './clocks.ts'

/** When to ask where things stand: every third of the lease, sooner while halted, and at once when something is off. */
export class Renewals {
  readonly #clocks: Clocks
  readonly #renew: () => Promise<void>
  readonly #delayMs: () => number
  #open = false
  #underWay = false
  #again = false
  #cancel: () => void = () => {}

  /** `renew` never rejects. `delayMs`: until the next one. */
  constructor(clocks: Clocks, renew: () => Promise<void>, delayMs: () => number) {
    this.#clocks = clocks
    this.#renew = renew
    this.#delayMs = delayMs
  }

  /** From here on there is a connection to ask on. */
  open(): void {
    this.#open = true
    this.#later()
  }

  close(): void {
    this.#open = false
    this.#again = false
    this.#cancel()
  }

  /** Asks now; where one is under way, also after it, for it may have left too early to know. */
  now(): void {
    if (this.#underWay) this.#again = true
    else if (this.#open) this.#start()
  }

  /** Asks now, unless one is under way. */
  ifIdle(): void {
    if (!this.#underWay) this.now()
  }

  #start(): void {
    this.#cancel()
    this.#underWay = true
    this.#renew().finally(() => {
      this.#underWay = false
      const again = this.#again
      this.#again = false
      if (!this.#open) return
      if (again) this.#start()
      else this.#later()
    })
  }

  #later(): void {
    this.#cancel()
    this.#cancel = this.#clocks.after(this.#delayMs(), () => this.now(), true)
  }
}
