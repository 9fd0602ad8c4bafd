import { DAY, MINUTE } from '@holdpoint/shared'
import type { Attempts } from './factor-document.ts'

/** Five wrong ones lock for a quarter of an hour: so at most ten guesses are looked at in one. */
const MAX_WRONG = 5
const LOCK_MS = 15 * MINUTE
/** A mistake of longer ago says nothing of who guesses now; and five a day guess nothing. */
const FORGOTTEN_MS = DAY

/** A lock that has run out takes what led to it along. */
export const unlocked = (attempts: Attempts | undefined, at: number): Attempts =>
  attempts === undefined || (attempts.lockedUntil !== undefined && at >= attempts.lockedUntil)
    ? { open: [] }
    : attempts

/** One more evaluation, counted before it is made (SF3). The fifth that is open locks. */
export function counted(attempts: Attempts, id: string, at: number): Attempts {
  const open = [...attempts.open.filter((one) => at < one.at + FORGOTTEN_MS), { id, at }]
  return open.length < MAX_WRONG ? { open } : { open, lockedUntil: at + LOCK_MS }
}

/** What was right takes its own attempt back, and forgives wrong ones of more than a lock's time ago; no others. */
export function forgiven(attempts: Attempts | undefined, id: string, at: number): Attempts {
  const open = (attempts?.open ?? []).filter((one) => one.id !== id && at < one.at + LOCK_MS)
  const locked = attempts?.lockedUntil !== undefined && open.length >= MAX_WRONG
  return locked ? { ...attempts, open } : { open }
}
