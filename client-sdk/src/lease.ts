import type { Clocks } from './clocks.ts'

/** When a request left, and its place among all that were sent. */
export interface Sent {
  readonly order: number
  readonly monotonic: number
  /** Set-backs made good. */
  readonly wall: number
}

/** `Date.now()` tells whole milliseconds: by so much it may seem to fall behind, and was not set back. */
const GRAIN_MS = 1

/**
 * The dead man's switch (AG4): two clocks, one answer.
 * It counts from when the request that renewed it was sent, and has run out as soon as either clock says so: the
 * monotonic clock sees through a wall clock that was set back, the wall clock through a machine that slept. So that it sees
 * through that also after it was set back, under the same lease, it counts here as if nobody had: whenever it is looked at,
 * it has gone on by as much as the monotonic clock at least.
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
  #lastLook: { readonly monotonic: number; readonly wall: number }
  /** By how much the wall clock was set back, in all. */
  #setBackMs = 0

  constructor(clocks: Clocks) {
    this.#clocks = clocks
    this.#lastLook = { monotonic: clocks.monotonic(), wall: clocks.wall() }
  }

  /** To be called right before a request leaves. */
  sending(): Sent {
    this.#sends += 1
    return { order: this.#sends, ...this.#look() }
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
    const { monotonic, wall } = this.#look()
    return monotonic < this.#untilMonotonic && wall < this.#untilWall
  }

  #look(): { readonly monotonic: number; readonly wall: number } {
    const monotonic = this.#clocks.monotonic()
    const told = this.#clocks.wall() + this.#setBackMs
    const least = this.#lastLook.wall + (monotonic - this.#lastLook.monotonic)
    const wall = told < least - GRAIN_MS ? least : told
    this.#setBackMs += wall - told
    this.#lastLook = { monotonic, wall }
    return this.#lastLook
  }
}
