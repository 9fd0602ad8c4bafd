/**
 * How many changes the tables are given at once. The pages that these touch are written in one turn at the end and copied in another, and
 * how many they are depends on whom the changes concern: those of one agent share theirs. So it goes by what the last ones came to.
 */

/** Pages of 4 KiB, which are copied into the database in half of what a turn may take of the processor. */
const MOST_PAGES = 8_500
/** Until it is known what they come to. */
const FIRST = 6_144
/** How much more it may be than the last time: what was light once may be heavy the next time. */
const GROWTH = 1.08

/** `most`: however few pages they touch. */
export function share(most: number) {
  let changes = Math.min(most, FIRST)
  return {
    get changes(): number {
      return changes
    },

    /** So many have come to so many pages in the log. */
    wrote(written: number, pages: number): void {
      const fitting = (written * MOST_PAGES) / Math.max(1, pages)
      if (fitting < written) changes = Math.max(1, Math.min(changes, Math.floor(fitting)))
      // fewer than it may be say nothing of how many pages as many would have
      else if (written >= changes)
        changes = Math.min(most, Math.floor(Math.min(fitting, changes * GROWTH) + 1))
    },
  }
}
