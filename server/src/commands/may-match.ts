import { matches, type Target } from '@holdpoint/shared'

/** Whether a target may mean an agent of which nothing but its id is known. */
export const mayMatch = (target: Target, id: string): boolean =>
  !('agent' in target) || matches(target, { id, labels: {} })
