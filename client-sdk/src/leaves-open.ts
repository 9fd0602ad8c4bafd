import type { TargetResult } from '@holdpoint/shared'
import { isDefinite } from './connection/doubt.ts'
import type { Intervention } from './operator-types.ts'

/** Whether this agent may or may not have it: nothing that it was answered says so. */
export const isOpen = ({ error }: TargetResult): boolean =>
  error?.retryable === true && !isDefinite(error.code)

/**
 * Whether some of those whom it concerns may not have it: asked again with the same key, who has it is answered from
 * memory, and the others get it (PR2, AG7).
 */
export const leavesOpen = ({ results, remaining = 0 }: Intervention): boolean =>
  remaining > 0 || results.some(isOpen)
