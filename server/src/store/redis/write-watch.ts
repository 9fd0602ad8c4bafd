import { ErrorReply } from 'redis'
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
    } catch (error) {
      // A primary that became a replica keeps its connections; another one has taken its address since, or will.
      if (error instanceof ErrorReply && error.message.startsWith('READONLY ')) connection.renew()
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
