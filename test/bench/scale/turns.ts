/** How long the turns of an event loop are: while one lasts, nobody is heard. */
import { openSync, readSync } from 'node:fs'

export interface Turns {
  readonly turns: number
  /** Time of the processor that the longest one took: other programs on the machine don't lengthen it. */
  readonly longestCpuMs: number
  /** What the longest one took, waiting for the processor and the disk included. */
  readonly longestMs: number
  /** How many took more of the processor's time than `OVER_MS`. */
  readonly over: number
}

/** The bound that the longest turn is held to, ms. */
export const OVER_MS = 50

const NS_PER_MS = 1e6

/** Looks at each turn of this thread's event loop, which can't sleep meanwhile; what it returns ends that. */
export function watchTurns(): () => Turns {
  const cpuMs = threadClock()
  let turns = 0
  let longestCpuMs = 0
  let longestMs = 0
  let over = 0
  let watching = true
  let cpuAt = cpuMs()
  let at = performance.now()
  const look = (): void => {
    if (!watching) return
    const took = cpuMs() - cpuAt
    turns += 1
    if (took > OVER_MS) over += 1
    longestCpuMs = Math.max(longestCpuMs, took)
    longestMs = Math.max(longestMs, performance.now() - at)
    cpuAt = cpuMs()
    at = performance.now()
    setImmediate(look)
  }
  setImmediate(look)
  return () => {
    watching = false
    return { turns, longestCpuMs, longestMs, over }
  }
}

/** The processor's time of the thread that runs JavaScript alone, ms: the kernel's own account of it (Linux). */
function threadClock(): () => number {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  const text = Buffer.alloc(64)
  return () => {
    const length = readSync(file, text, 0, text.length, 0)
    return Number(text.toString('latin1', 0, length).split(' ')[0]) / NS_PER_MS
  }
}
