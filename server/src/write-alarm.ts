import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import type { Store } from './store/store.ts'

/**
 * Whether the store takes writes, with a line in the log once it stops and once it goes on: leases, the readiness check and
 * every commit that is refused ask it, so that nobody has to guess from agents that halt.
 */
export function writeAlarm(
  store: Pick<Store, 'writable'>,
  clock: Clock,
  log: Pick<Logger, 'error' | 'info'>,
  why: string,
): () => boolean {
  let since: number | undefined
  return () => {
    const isWritable = store.writable()
    if (!isWritable && since === undefined) {
      since = clock.monotonicMs()
      log.error(
        `the store takes no writes: ${why}. Until it does, requests are refused as unavailable and agents halt`,
      )
    } else if (isWritable && since !== undefined) {
      log.info({ forMs: Math.round(clock.monotonicMs() - since) }, 'the store takes writes again')
      since = undefined
    }
    return isWritable
  }
}
