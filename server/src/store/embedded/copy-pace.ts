/**
 * How a copy of the database gets on beside commits without end. It stands still while the tables are given what they lack (SQLite),
 * and what they are given is more to copy. So between two such times it gets as far as it was, and a step further: then it ends after
 * as many as it has steps, however much is committed.
 */

/** That step, in pages of 4 KiB. */
const GAINED = 1_024
/** Pages in one turn of the loop, as long as nobody waits for it: a fraction of a millisecond. */
const AT_EASE = 32
/** … and while the tables do: 5 ms, where the disk is no hindrance. */
const AWAITED = 1_024
/** A turn that took so long, ms, was too long: the disk is slow. */
const SLOW_MS = 12

export type CopyPace = ReturnType<typeof copyPace>

/** Unit: pages. */
export function copyPace() {
  let left = Number.POSITIVE_INFINITY
  let goal = Number.POSITIVE_INFINITY
  let awaited = AWAITED
  const waiting: (() => void)[] = []

  function wakeUp(): void {
    for (const wake of waiting.splice(0)) wake()
  }

  return {
    /** Whether the tables should wait for it. */
    isBehind: (): boolean => left > goal,

    /** Resolves once they need not. */
    caughtUp: (): Promise<void> =>
      left > goal ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(),

    /** It stands still: the tables are being written. */
    standStill(): void {
      goal = Math.min(goal, left) - GAINED
    },

    /** Nothing is left to copy, or nobody does: what else there is to be done takes the tables no time. */
    ended(): void {
      left = Number.NEGATIVE_INFINITY
      wakeUp()
    },

    /** After a turn. Returns what to copy in the next one. */
    gotOn(remaining: number, tookMs: number): number {
      left = remaining
      if (left <= goal) {
        wakeUp()
        return AT_EASE
      }
      awaited = tookMs > SLOW_MS ? Math.max(AT_EASE, awaited / 2) : Math.min(awaited * 2, AWAITED)
      return awaited
    },
  }
}
