import { readFileSync } from 'node:fs'

/** USER_HZ is the same on every Linux that Node runs on. */
const TICK_MS = 10

/** CPU time of everything on this machine so far, ms. From /proc: Linux only. */
function busyMs(): number {
  const [, user, nice, system, , , irq, softirq] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
    .split(/\s+/)
    .map(Number)
  return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) * TICK_MS
}

const ownMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** From now on: how much of a core is used by what is neither this process nor `measured`, which says its CPU time, ms. */
export function foreignLoad(measured: () => number): { cores(): number } {
  const startedAt = performance.now()
  const at = (): number => busyMs() - ownMs() - measured()
  const before = at()
  return { cores: () => Math.max(0, at() - before) / Math.max(1, performance.now() - startedAt) }
}
