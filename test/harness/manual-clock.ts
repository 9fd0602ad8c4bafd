import type { Cancel, Clock } from '@holdpoint/server'

export interface ManualClock extends Clock {
  /**
   * Moves both clocks on by `ms`. Timers fire in the order in which they are due, each at its own time; between them
   * the event loop drains, so that what one timer starts in this process (commits included) is done, and the timers
   * that it sets are seen, before the next. What travels over a socket is not waited for: wait for a condition.
   */
  advance(ms: number): Promise<void>
  /** Moves the wall clock alone, forwards or back, as an administrator or NTP would. No timer fires. */
  jump(ms: number): void
}

interface Timer {
  readonly dueAt: number
  readonly wake: () => void
}

/** Turns of the event loop that count as drained: more than any chain of commits that one timer starts. */
const TURNS = 12

/** `startMs`: ms since the Unix epoch; a fixed time by default, so that tests repeat. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0
  let offset = startMs
  let timers: readonly Timer[] = []

  return {
    now: () => offset + elapsed,
    monotonicMs: () => elapsed,

    after(delayMs, wake): Cancel {
      const timer = { dueAt: elapsed + Math.max(0, delayMs), wake }
      timers = [...timers, timer]
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },

    async advance(ms) {
      const until = elapsed + ms
      await drain()
      for (let due = firstDue(timers, until); due; due = firstDue(timers, until)) {
        const fired = due
        timers = timers.filter((other) => other !== fired)
        elapsed = Math.max(elapsed, fired.dueAt)
        fired.wake()
        await drain()
      }
      elapsed = until
    },

    jump(ms) {
      offset += ms
    },
  }
}

/** The earliest timer due by `until`; of two at one time, the one that was set first. */
const firstDue = (timers: readonly Timer[], until: number): Timer | undefined =>
  timers
    .filter(({ dueAt }) => dueAt <= until)
    .reduce<Timer | undefined>(
      (first, timer) => (first && first.dueAt <= timer.dueAt ? first : timer),
      undefined,
    )

async function drain(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
}
