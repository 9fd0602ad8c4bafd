import type { ApprovalView } from '@holdpoint/shared'

export type DecisionKind = 'approve' | 'edit' | 'deny' | 'respond'

const ENDED: Readonly<Record<DecisionKind, (view: ApprovalView) => string>> = {
  approve: ({ action, agent }) => `${action} by ${agent} approved`,
  edit: ({ action, agent }) => `${action} by ${agent} approved with your edits`,
  deny: ({ action, agent }) => `${action} by ${agent} denied`,
  respond: ({ agent }) => `${agent} told instead`,
}

/** What a decision came to, by the view that the server answered with: one of several may leave it waiting (AP5). */
export function decided(kind: DecisionKind, view: ApprovalView): string {
  if (view.status !== 'pending') return ENDED[kind](view)
  const what = `${view.action} by ${view.agent}`
  if (kind === 'approve' || kind === 'edit') return `${what} signed; it waits for ${stillNeeded(view)} more`
  const count = `${view.objections?.length ?? 0} of ${view.needs?.denials ?? 1} denials`
  return kind === 'deny'
    ? `Your denial of ${what} counts, ${count}: it still waits`
    : `Your answer counts as a denial of ${what}, ${count}: it still waits, and ${view.agent} is not told yet`
}

/** AP5: how many persons have yet to release it. */
export const stillNeeded = ({ needs, signatures = [] }: ApprovalView): number =>
  Math.max(0, (needs?.approvals ?? 1) - signatures.length)

/** AP5: how many more denials it takes. */
export const denialsNeeded = ({ needs, objections = [] }: ApprovalView): number =>
  Math.max(0, (needs?.denials ?? 1) - objections.length)
