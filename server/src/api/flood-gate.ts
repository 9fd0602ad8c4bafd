import type { Clock } from '../clock.ts'

/** A token bucket: may one more message pass now (ID4)? One per socket. */
export interface FloodGate {
  take(): boolean
}

/** `burst` messages at once, then `ratePerSecond` on the average. Starts full. */
export function createFloodGate(clock: Clock, ratePerSecond: number, burst: number): FloodGate {
  let left = burst
  let filledAt = clock.monotonicMs()
  return {
    take() {
      const now = clock.monotonicMs()
      left = Math.min(burst, left + ((now - filledAt) / 1_000) * ratePerSecond)
      filledAt = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
