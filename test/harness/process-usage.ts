import { readFileSync } from 'node:fs'

/** What a process uses, as the kernel counts it. From /proc: Linux only. */
export interface ProcessUsage {
  /** CPU time so far, ms. */
  cpuMs(): number
  /** Resident memory, bytes. */
  rss(): number
}

/** USER_HZ and the page size are the same on every Linux that Node runs on with 4 KiB pages. */
const TICK_MS = 10
const PAGE_BYTES = 4_096

export const processUsage = (pid: number): ProcessUsage => ({
  cpuMs() {
    // The second field is the program's name in brackets, and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  },
  rss: () => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES,
})
