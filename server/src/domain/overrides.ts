import { type ApprovalView, refused } from '@holdpoint/shared'
import { type AgentDocument, changed } from './agent-document.ts'
import type { PersonCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { putApproval } from './items.ts'
import { doubtedSince, gone, mayRelease, release, undecided } from './releases.ts'
import { signatureOf, without } from './signatures.ts'
import { approvalView } from './views.ts'

type Revoking = Extract<PersonCommand, { type: 'override.revoke' }>
type Granting = Extract<PersonCommand, { type: 'override.grant' }>

/** IN1: kills a release that nobody has begun. Errors: `not_found`, `already_decided`, `conflict`. */
export function revoke(draft: Draft, { id, reason, by }: Revoking): Decision<AgentDocument> {
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (!item) return draft.refuse(tooLate(draft, id) ?? gone(draft, id))
  const standing = approvalView(draft.doc, item)
  if (item.status === 'pending')
    return draft.refuse(refused('conflict', 'Nobody has released it yet; deny it instead.', { standing }))
  if (item.begun)
    return draft.refuse(refused('conflict', 'It was begun already; stop the agent instead.', { standing }))
  const revoked = changed(item, { reason, revoked: { at: draft.facts.at, by: by.id } })
  putApproval(draft, revoked, { type: 'approval.revoked', by: by.id, more: { before: item.status } })
  return draft.done({ approval: approvalView(draft.doc, revoked) })
}

/** A release that has left the document was begun, taken back or not begun in time: that, and not the decision, is why. */
function tooLate(draft: Draft, id: string): ReturnType<typeof refused> | undefined {
  const standing = draft.standing(id) as ApprovalView | undefined
  const why = standing && endOf(standing)
  return why === undefined ? undefined : refused('conflict', why, { standing })
}

function endOf({ stages, outcome = 'unknown' }: ApprovalView): string | undefined {
  if (stages.begun) return `It has run already, with the outcome ${outcome}; nothing can take it back.`
  if (stages.revoked) return 'It was taken back already.'
  return stages.lapsed && 'It was not begun in time, so nothing can begin it any more.'
}

/**
 * IN1: an admin decides a pending one alone, the bytes that were shown. The level's role is theirs, the factor is never
 * waived. Errors: `not_found`, `already_decided`, `expired`, `conflict` (other bytes or revision),
 * `second_factor_required`, `not_permitted`.
 */
export function grant(draft: Draft, { body, by }: Granting): Decision<AgentDocument> {
  const item = undecided(draft, body)
  if (!item.ok) return draft.refuse(item)
  const barred = doubtedSince(draft, item.value) ?? mayRelease(draft, item.value, by)
  if (barred) return draft.refuse(barred)
  const signatures = [...without(draft, item.value.signatures, by.id), signatureOf(by, draft.facts.at)]
  return release(draft, changed(item.value, { signatures, override: body.reason }), by)
}
