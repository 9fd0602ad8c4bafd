import type { Clock } from '../clock.ts'

/** A token bucket: may one more message pass now (ID4)? One per socket. */
export interface FloodGate {
  /** `cost`: of a message that is as much work as so many. */
  take(cost?: number): boolean
  /** Takes what has come already, in any case. How long until that is earned, ms; 0 where it was at hand. */
  spend(cost: number): number
}

/** `burst` messages at once, then `ratePerSecond` on the average. Starts full. */
export const createFloodGate = (clock: Clock, ratePerSecond: number, burst: number): FloodGate =>
  new TokenBucket(clock, ratePerSecond, burst)

/** A class, and no closure: each of many connections has some. */
class TokenBucket implements FloodGate {
  readonly #clock: Clock
  readonly #ratePerSecond: number
  readonly #burst: number
  #left: number
  #filledAt: number

  constructor(clock: Clock, ratePerSecond: number, burst: number) {
    this.#clock = clock
    this.#ratePerSecond = ratePerSecond
    this.#burst = burst
    this.#left = burst
    this.#filledAt = clock.monotonicMs()
  }

  take(cost = 1): boolean {
    this.#fill()
    if (this.#left < cost) return false
    this.#left -= cost
    return true
  }

  spend(cost: number): number {
    this.#fill()
    this.#left -= cost
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / this.#ratePerSecond) * 1_000)
  }

  #fill(): void {
    const now = this.#clock.monotonicMs()
    const earned = ((now - this.#filledAt) / 1_000) * this.#ratePerSecond
    this.#left = Math.min(this.#burst, this.#left + earned)
    this.#filledAt = now
  }
}
