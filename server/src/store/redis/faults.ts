import type { Clock } from '../../clock.ts'

/** For tests only. */
export interface RedisFaults {
  /** What to take for Redis's own time and for the node's monotonic clock. */
  readonly time?: Pick<Clock, 'now' | 'monotonicMs'>
}
