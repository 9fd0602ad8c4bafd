import type { Clocks } from './clocks.ts'

/** When a request left, and its place among all that were sent. */
export interface Sent {
  readonly order: number
  readonly monotonic: number
  readonly wall: number
}

/**
 * The dead man's switch (AG4): two clocks, one answer.
 * It counts from when the request that renewed it was sent, and has run out as soon as either clock says so: the
 * monotonic clock sees through a wall clock that was set back, the wall clock through a machine that slept.
 */
export class Lease {
  readonly #clocks: Clocks
  #sends = 0
  /** Replies to what was sent up to here grant nothing any more. */
  #floor = 0
  /** The place of the request whose reply the limits are from. */
  #grantedBy = 0
  #untilMonotonic = Number.NEGATIVE_INFINITY
  #untilWall = Number.NEGATIVE_INFINITY

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
      this.#untilMonotonic = Number.NEGATIVE_INFINITY
      this.#untilWall = Number.NEGATIVE_INFINITY
    } else if (sent.order > Math.max(this.#floor, this.#grantedBy)) {
      this.#grantedBy = sent.order
      this.#untilMonotonic = sent.monotonic + ttlMs
      this.#untilWall = sent.wall + ttlMs
    }
  }

  /** For good: nothing that was or will be sent grants anything. */
  end(): void {
    this.granted({ order: Number.POSITIVE_INFINITY, monotonic: 0, wall: 0 }, 0)
  }

  isLive(): boolean {
    return this.#clocks.monotonic() < this.#untilMonotonic && this.#clocks.wall() < this.#untilWall
  }
}
