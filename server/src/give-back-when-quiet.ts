/**
 * What a busy time leaves in V8's old generation stays in memory until as much again has come there: for a crowd that has come and
 * now waits, that may be hours. In a quiet moment it is collected, and the memory given back.
 *
 * Node has no call for that which does not halt the process until it is done. But V8 begins a collection of its own, step by step
 * and beside the program, once 64 MiB more were allocated outside its heap than when it last collected; a buffer that nobody writes
 * to takes addresses for that, and no memory. While it begins, V8 is told to favour size: else it would free what lies between the
 * living, and give nothing back. The first collection learns where the living are, and each later one moves 12 MiB of them together.
 * Where a version of V8 sees it otherwise, nothing happens.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { systemClock, type WhenQuiet, whenQuiet } from './clock.ts'

/** After how long, ms: the store has settled by then. */
const QUIET_MS = 1_500
/** How long V8 is given for one collection, ms. */
const COLLECTED_MS = 1_000
/** What must have come since the last one, against what it left; else a process with little to do would collect again and again. */
const GROWN = 1 / 8
/** How much of the pages may lie between the living; and how much a collection must give back to be worth another. */
const SCATTERED = 1 / 16
const WORTH = 1 / 50
/** Larger heaps are V8's own matter: the part of a collection that halts the process grows with them. Unit: bytes. */
const MOST_USED = 192 * 2 ** 20
/** Unit: bytes. */
const OUTSIDE = 72 * 2 ** 20

/** Unit: bytes. */
interface OldGeneration {
  readonly used: number
  readonly resident: number
}

/** To be told of whatever happens. */
export function giveBackWhenQuiet(): WhenQuiet {
  /** In use after the last collection, as far as is known. */
  let left = 0
  let isFirst = true
  let residentBefore = 0

  const collectFrom = ({ resident }: OldGeneration): void => {
    residentBefore = resident
    collect()
    again.busy()
  }
  const quiet = whenQuiet(systemClock, QUIET_MS, () => {
    const now = oldGeneration()
    // less than then: V8 has collected by itself
    left = Math.min(left, now.used)
    if (now.used > MOST_USED || now.used <= left * (1 + GROWN)) return
    isFirst = true
    collectFrom(now)
  })
  const again = whenQuiet(systemClock, COLLECTED_MS, () => {
    const now = oldGeneration()
    left = now.used
    const isScattered = now.resident - now.used > now.resident * SCATTERED
    const wasWorth = isFirst || residentBefore - now.resident > now.resident * WORTH
    isFirst = false
    if (isScattered && wasWorth) collectFrom(now)
  })
  return {
    busy: () => quiet.busy(),
    stop() {
      quiet.stop()
      again.stop()
    },
  }
}

function collect(): void {
  setFlagsFromString('--optimize-for-size')
  try {
    new ArrayBuffer(OUTSIDE)
  } catch (error) {
    // so many addresses may not be had
    if (!(error instanceof RangeError)) throw error
  } finally {
    setFlagsFromString('--no-optimize-for-size')
  }
}

function oldGeneration(): OldGeneration {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')
  return { used: space?.space_used_size ?? 0, resident: space?.physical_space_size ?? 0 }
}
