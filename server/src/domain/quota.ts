import { counted, refused } from '@holdpoint/shared'
import type { Quota } from './commands.ts'
import type { Draft } from './draft.ts'

/** AP14: an agent's name up to its first slash: its workers share what it may leave open. */
export const rootOf = (agent: string): string => agent.split('/', 1)[0] ?? agent

/** What each root may leave open once the tenant's quota is full. Never nothing, or somebody could not ask at all. */
const shareOf = (quota: number, { sharers }: Quota): number =>
  Math.max(1, Math.floor(quota / Math.max(1, sharers)))

/**
 * AP14: while the tenant's quota is not used up, anybody may open more; then only who has less open than an equal share.
 * So one flood can't crowd others out, and no more than twice the quota is ever open (and one item per root).
 * Errors: `rate_limited`.
 */
export function overQuota({ facts }: Draft): ReturnType<typeof refused> | undefined {
  const { quota, policy } = facts
  const { tenantOpenItems: most } = policy.caps
  if (!quota || quota.total < most || quota.own < shareOf(most, quota)) return undefined
  return refused(
    'rate_limited',
    `${counted(quota.total, 'item is', 'items are')} open in all, and ${quota.own} of them ${quota.own === 1 ? 'is' : 'are'} yours, which is your share; wait until some are settled.`,
    { open: quota.total, own: quota.own, share: shareOf(most, quota) },
  )
}
