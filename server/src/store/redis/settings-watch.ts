import type { Cancel, Clock } from '../../clock.ts'
import { StoreUnusable } from '../store.ts'
import type { Connection } from './connection.ts'
import { type RedisSettings, readSettings } from './durability.ts'

/** Between two looks, ms. */
const LOOK_EVERY_MS = 2_000

/**
 * Looks again and again what Redis runs with, as CONFIG SET breaks no connection. `judge` throws StoreUnusable for what no connection
 * is made with: this one ends then, and the next one says so.
 */
export function settingsWatch(
  connection: Connection,
  clock: Clock,
  { known, judge }: { known(): RedisSettings; judge(settings: RedisSettings): void },
) {
  let stopped = false
  let timer: Cancel

  async function look(): Promise<void> {
    try {
      if (connection.ready) judge(await readSettings(connection, known()))
    } catch (error) {
      // Anything else is said by whatever else is asked of Redis.
      if (error instanceof StoreUnusable) connection.renew()
    }
    if (!stopped) later()
  }
  function later(): void {
    timer = clock.after(LOOK_EVERY_MS, () => void look())
  }
  later()

  return {
    stop(): void {
      stopped = true
      timer()
    },
  }
}
