import type { Cancel, Clock } from '../../clock.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'

/** Between two probes, ms. */
const PROBE_EVERY_MS = 2_000

/** Knows whether Redis takes writes: from one that it refused (out of memory, disk full, a replica) until it takes a probe. */
export function writeWatch(connection: Connection, keys: Keys, clock: Clock) {
  let isWritable = true
  let stopped = false
  let timer: Cancel | undefined

  const probe = async (): Promise<void> => {
    timer = undefined
    try {
      await connection.send('SET', keys.probe, '1', 'PX', '1000')
      isWritable = true
    } catch {
      later()
    }
  }
  function later(): void {
    if (!stopped) timer ??= clock.after(PROBE_EVERY_MS, () => void probe())
  }

  return {
    writable: (): boolean => isWritable && connection.ready,
    refused(): void {
      isWritable = false
      later()
    },
    stop(): void {
      stopped = true
      timer?.()
    },
  }
}
