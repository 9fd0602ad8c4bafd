import type { ErrorCode, Refusal } from '@holdpoint/shared'

/** Refusals that are made before the key is looked up: they say nothing of what an earlier try under it came to. */
const BEFORE_THE_KEY: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'draining',
  'unknown',
  'internal',
  'rate_limited',
  'unauthenticated',
  'forbidden',
  'too_large',
  'unsupported_protocol',
])

/** Whether a refusal proves that nothing was done under its key, by earlier tries neither (PR2). */
export const isDefinite = (code: ErrorCode): boolean => !BEFORE_THE_KEY.has(code)

/**
 * Whether the very try that was refused so may have been done all the same. A code that this client does not know reads as
 * an `internal` that is not retryable: a newer server's decision.
 */
export const leavesDoubt = ({ code, retryable }: Refusal): boolean =>
  code === 'unknown' || (code === 'internal' && retryable)
