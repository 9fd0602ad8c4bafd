import type { Clock } from '../clock.ts'

/** A token bucket: may one more message pass now (ID4)? One per socket. */
export interface FloodGate {
  /** `cost`: of a message that is as much work as so many. */
  take(cost?: number): boolean
  /** Takes what has come already, in any case. How long until that is earned, ms; 0 where it was at hand. */
  spend(cost: number): number
}

/** What all connections of a kind share: `burst` messages at once, then `ratePerSecond` on the average. */
export class FloodLimit {
  readonly clock: Clock
  /** What one message takes to be earned, ms. */
  readonly msEach: number
  /** What can be saved up, ms. */
  readonly burstMs: number

  constructor(clock: Clock, ratePerSecond: number, burst: number) {
    // of none at all, or of no bound, everything would pass
    if (!(ratePerSecond > 0 && ratePerSecond < Infinity && burst > 0 && burst < Infinity))
      throw new RangeError(`${ratePerSecond} a second and ${burst} at once bound nothing.`)
    this.clock = clock
    this.msEach = 1_000 / ratePerSecond
    this.burstMs = burst * this.msEach
  }

  /** A full one. */
  gate(): FloodGate {
    return new TokenBucket(this)
  }
}

/** As one number instead of a level and its time, and no closure: each of many connections has some. */
class TokenBucket implements FloodGate {
  readonly #limit: FloodLimit
  /** When it is full again if nothing comes, on the monotonic clock, ms (the "theoretical arrival time" of GCRA, ITU-T I.371). */
  #fullAt = Number.NEGATIVE_INFINITY

  constructor(limit: FloodLimit) {
    this.#limit = limit
  }

  take(cost = 1): boolean {
    const { clock, msEach, burstMs } = this.#limit
    const now = clock.monotonicMs()
    const fullAt = Math.max(now, this.#fullAt) + cost * msEach
    if (fullAt - now > burstMs + ROUNDING_MS) return false
    this.#fullAt = fullAt
    return true
  }

  spend(cost: number): number {
    const { clock, msEach, burstMs } = this.#limit
    const now = clock.monotonicMs()
    this.#fullAt = Math.max(now, this.#fullAt) + cost * msEach
    return Math.max(0, Math.ceil(this.#fullAt - now - burstMs - ROUNDING_MS))
  }
}

/** Sums of fractions: three thirds of a second must not be more than a second. */
const ROUNDING_MS = 1e-6
