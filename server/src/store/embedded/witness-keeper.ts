import type { Cancel, Clock } from '../../clock.ts'
import { type Witness, writeWitness } from './witness.ts'

/** How long the witness may be behind the feeds, ms. */
const BEHIND_MS = 1_000

/**
 * Writes the witness a moment after commits, at most once per second however many there are. `isOurs`: asked each time; where the folder is
 * another one by now, nothing is written into it.
 */
export function witnessKeeper(file: string, clock: Clock, current: () => Witness, isOurs: () => boolean) {
  let timer: Cancel | undefined
  let writing: Promise<void> = Promise.resolve()

  // Failing to write it loses no commit: the next start only sees less far.
  const write = (): Promise<void> => {
    writing = writing.then(() => writeWitness(file, current())).catch(() => {})
    return writing
  }

  return {
    soon(): void {
      timer ??= clock.after(BEHIND_MS, () => {
        timer = undefined
        if (isOurs()) void write()
      })
    },

    /** The last one; nothing is written after it. */
    finish(): Promise<void> {
      timer?.()
      return isOurs() ? write() : writing
    },
  }
}
