import type { Clocks } from '../clocks.ts'

/** Clocks that move only by hand. `advance` moves both and wakes what is due, in order. */
export interface ManualClocks extends Clocks {
  advance(ms: number): void
  /** The wall clock is set; the monotonic one doesn't notice. */
  setWall(ms: number): void
  /** The machine sleeps: the wall clock moves on alone. */
  sleep(ms: number): void
  readonly timers: number
}

export function manualClocks(): ManualClocks {
  let wall = 1_700_000_000_000
  let monotonic = 5_000
  const timers = new Set<{ readonly at: number; readonly wake: () => void }>()
  return {
    wall: () => wall,
    monotonic: () => monotonic,
    after(delayMs, wake) {
      const timer = { at: monotonic + delayMs, wake }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const until = monotonic + ms
      const next = () => [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      for (let due = next(); due; due = next()) {
        timers.delete(due)
        const step = Math.max(0, due.at - monotonic)
        monotonic += step
        wall += step
        due.wake()
      }
      wall += until - monotonic
      monotonic = until
    },
    setWall(ms) {
      wall = ms
    },
    sleep(ms) {
      wall += ms
    },
    get timers() {
      return timers.size
    },
  }
}
