/**
 * The keyhole through which the server sees time. Tests hand in a clock that they advance by hand.
 * Unit: milliseconds everywhere.
 */
export interface Clock {
  /** Wall clock, ms since the Unix epoch. May jump; nothing safe rests on it alone. */
  now(): number
  /** Never goes backwards; only differences mean anything. */
  monotonicMs(): number
  /** Calls `wake` once after `delayMs` (never early), unless cancelled. Delays beyond 24.8 days are kept whole (PR5). */
  after(delayMs: number, wake: () => void): Cancel
}

/** Calls a timer off; harmless when it has already fired. */
export type Cancel = () => void

/** Runs `work` once this turn of the event loop is over, unless called off. A simulation has one of its own. */
export type Soon = (work: () => void) => Cancel

export const afterThisTurn: Soon = (work) => {
  const immediate = setImmediate(work)
  return () => clearImmediate(immediate)
}

/** Node's timers hold at most a signed 32-bit number of ms; beyond it they would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, wake) {
    let timer: NodeJS.Timeout
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS)
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : wake()), Math.max(0, stepMs))
    }
    arm(Math.ceil(delayMs))
    return () => clearTimeout(timer)
  },
}

/** Waits for a moment in which nothing happens. */
interface WhenQuiet {
  /** Something happens: the moment begins anew. */
  busy(): void
  stop(): void
}

/**
 * Calls `work` once nothing has happened for `afterMs`, and again only after something has: nothing wakes a process that is
 * idle. However much happens, there is one timer at a time.
 */
export function whenQuiet(clock: Clock, afterMs: number, work: () => void): WhenQuiet {
  let busyAt = 0
  let cancel: Cancel | undefined
  let stopped = false

  const wait = (ms: number): void => {
    cancel = clock.after(ms, () => {
      cancel = undefined
      const leftMs = busyAt + afterMs - clock.monotonicMs()
      if (leftMs > 0) wait(leftMs)
      else work()
    })
  }

  return {
    busy() {
      busyAt = clock.monotonicMs()
      if (!cancel && !stopped) wait(afterMs)
    },
    stop() {
      stopped = true
      cancel?.()
    },
  }
}
