import type { Clocks } from './clocks.ts'

/** When a request left, and its place among all that were sent. */
export interface Sent {
  readonly order: number
  readonly monotonic: number
  readonly wall: number
}

/**
 * How far the two clocks may be apart on how long ago something was: what their rates and their grain make of the longest
 * lease, and less than a stop's bound allows for good measure. Beyond it one of them was set, or the machine slept.
 */
const APART_MS = 40

/**
 * The dead man's switch (AG4): two clocks, one answer.
 * It counts from when the request that renewed it was sent, and has run out as soon as either clock says so: the
 * monotonic clock sees through a wall clock that was set back, the wall clock through a machine that slept. A machine that
 * slept and whose wall clock was set back would have neither, so the lease is out, too, where the two disagree: nobody can
 * tell then how long it was. The next renewal is a round trip away.
 */
export class Lease {
  readonly #clocks: Clocks
  #sends = 0
  /** Replies to what was sent up to here grant nothing any more. */
  #floor = 0
  /** What the standing grant counts from. */
  #since: Sent = { order: 0, monotonic: 0, wall: 0 }
  #ttlMs = 0

  constructor(clocks: Clocks) {
    this.#clocks = clocks
  }

  /** To be called right before a request leaves. */
  sending(): Sent {
    this.#sends += 1
    return { order: this.#sends, monotonic: this.#clocks.monotonic(), wall: this.#clocks.wall() }
  }

  /**
   * A reply came: `ttlMs` from its sending on. 0 ends the lease, and replies to anything sent before can't revive it.
   * Of several grants the one that was sent last counts, whole: a limit kept from an older one, taken while the wall
   * clock was ahead, would leave that clock without a say once it was set back.
   */
  granted(sent: Sent, ttlMs: number): void {
    if (ttlMs <= 0) {
      this.#floor = Math.max(this.#floor, sent.order)
      this.#ttlMs = 0
    } else if (sent.order > Math.max(this.#floor, this.#since.order)) {
      this.#since = sent
      this.#ttlMs = ttlMs
    }
  }

  /** For good: nothing that was or will be sent grants anything. */
  end(): void {
    this.granted({ order: Number.POSITIVE_INFINITY, monotonic: 0, wall: 0 }, 0)
  }

  isLive(): boolean {
    const monotonicMs = this.#clocks.monotonic() - this.#since.monotonic
    const wallMs = this.#clocks.wall() - this.#since.wall
    return monotonicMs < this.#ttlMs && wallMs < this.#ttlMs && Math.abs(wallMs - monotonicMs) <= APART_MS
  }
}
