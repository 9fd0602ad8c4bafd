import type { Clock } from '../../clock.ts'

/** As the scripts have it: below that a difference is latency or drift, beyond it the wall clock was set back. */
const SET_BACK_MS = 1_000

/** What a node knows of the store's clock between two answers (ST10), ms. */
export interface StoreTime {
  now(): number
  /** For `learn`: when an answer came that is looked at more closely before it counts. Monotonic, ms. */
  cameAt(): number
  /** An answer that came at `cameAt`, by default just now, said that it was `time` when Redis gave it. */
  learn(time: number, cameAt?: number): void
}

/**
 * The last answer's time, carried on at the monotonic rate from when it came: behind Redis by the answer's way at most,
 * and never behind a commit that was answered. It never goes back.
 */
export function storeTime(clock: Pick<Clock, 'monotonicMs'>): StoreTime {
  let offset: number | undefined
  let learnedAt = Number.NEGATIVE_INFINITY
  let last = 0
  const estimate = (): number => Math.floor((offset ?? 0) + clock.monotonicMs())
  return {
    now() {
      last = Math.max(last, estimate())
      return last
    },
    cameAt: () => clock.monotonicMs(),
    learn(time, cameAt = clock.monotonicMs()) {
      // Looked at more closely than those that came meanwhile, and by now behind what they have said.
      if (cameAt < learnedAt) return
      // Set back: the store goes on from where it was, and whoever answers next is told.
      if (offset !== undefined && time < estimate() - SET_BACK_MS) return
      offset = time - cameAt
      learnedAt = cameAt
    },
  }
}
