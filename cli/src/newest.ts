import type { ApprovalFilter, OperatorClient } from '@holdpoint/client/operator'
import type { ApprovalView } from '@holdpoint/shared'

const PAGE = 500

/**
 * The latest approvals of a filter, the latest first. `more`: there are earlier ones. Lists are in the order of asking,
 * so that their end is the latest: all of it is read, and no more kept than is asked for.
 */
export async function newestApprovals(
  client: OperatorClient,
  filter: Omit<ApprovalFilter, 'limit' | 'cursor'>,
  limit: number,
  fits: (approval: ApprovalView) => boolean = () => true,
): Promise<{ readonly approvals: readonly ApprovalView[]; readonly more: boolean }> {
  let latest: readonly ApprovalView[] = []
  let cursor: string | undefined
  do {
    const page = await client.approvals({ ...filter, limit: PAGE, cursor })
    latest = [...latest, ...page.approvals.filter(fits)].slice(-limit - 1)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  const approvals = latest.slice(-limit).toReversed()
  return { approvals, more: latest.length > limit }
}
