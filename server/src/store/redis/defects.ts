import { ErrorReply } from 'redis'
import type { Clock } from '../../clock.ts'
import type { StoreUnusable } from '../store.ts'
import { isDefect } from './refusals.ts'

/** The same words are told again after that long, ms: what reads by itself would fill the log with them. */
const TOLD_AGAIN_AFTER_MS = 10_000

/**
 * Knows what Redis refused for another reason than its own state, or is unusable for. Whoever asked may take that for an outage, or for an outcome that
 * nobody knows, and ask again for ever; so it is counted and told wherever it is met.
 */
export function defectWatch(clock: Clock, tell: (error: Error) => void) {
  let count = 0
  let told = { words: '', at: Number.NEGATIVE_INFINITY }
  return {
    get count(): number {
      return count
    },
    met(error: ErrorReply | StoreUnusable): void {
      if (error instanceof ErrorReply && !isDefect(error)) return
      count += 1
      const now = clock.monotonicMs()
      if (error.message === told.words && now - told.at < TOLD_AGAIN_AFTER_MS) return
      told = { words: error.message, at: now }
      tell(error)
    },
  }
}
