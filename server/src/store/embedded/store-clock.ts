import type { Clock } from '../../clock.ts'

/**
 * ST10: the store's clock, whole ms. It is the wall clock, except that it never goes back and never stands still: where
 * the wall clock was set back it goes on from where it was, at the monotonic clock's rate, until it is caught up with.
 * Standing still instead would keep releases usable, and time-outs waiting, for as long as the wall clock had been ahead.
 *
 * A step forward is believed, since a machine that slept looks the same. It ends what is open early: approvals and
 * releases expire, which is the closed side (PR8).
 */
export function storeClock(clock: Clock, floor: number): () => number {
  let at = Math.max(clock.now(), floor)
  let lookedAt = clock.monotonicMs()
  return () => {
    const elapsed = clock.monotonicMs() - lookedAt
    lookedAt += elapsed
    at = Math.max(clock.now(), at + elapsed)
    return Math.floor(at)
  }
}
