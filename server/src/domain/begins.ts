import { type ApprovalView, refused } from '@holdpoint/shared'
import { type AgentDocument, type Approval, changed } from './agent-document.ts'
import { moveTrust } from './autonomy.ts'
import type { AgentOwnCommand } from './commands.ts'
import { watchFailure } from './detectors.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { heldRun, holdingOrder, isRefused, staleEpoch } from './guards.ts'
import { verdictOnItem } from './inquiries.ts'
import { lapse, putApproval } from './items.ts'
import { stillReleased } from './signatures.ts'
import {
  markWhatWaits,
  needsPerson,
  rememberUnsettled,
  supersede,
  tellAbandoned,
  tellOutcome,
} from './unsettled.ts'
import { approvalView, autonomyView } from './views.ts'

type Beginning = Extract<AgentOwnCommand, { type: 'action.begin' }>
type Reporting = Extract<AgentOwnCommand, { type: 'action.report' }>

/** Severity of a failure whose agent gave none. */
const DEFAULT_SEVERITY = 0.5

/**
 * AP9: released → begun, once, by one instance, under the current epoch.
 * Errors: `stale_epoch`, `agent_stopped`, `paused`, `under_order`, `not_released`, `conflict` (other bytes, or begun
 * before), `expired` (past `useBy`), `not_permitted` (today's policy), `unknown_outcome` (another process began it).
 */
export function begin(draft: Draft, { body }: Beginning): Decision<AgentDocument> {
  const { doc, facts } = draft
  const run = heldRun(draft, body.epoch)
  if (isRefused(run)) return draft.refuse(run)
  if (run.instance !== body.instance) return draft.refuse(refused('stale_epoch'))
  const item = doc.approvals.find((one) => one.id === body.id)
  if (!item) return draft.refuse(settledBefore(draft, body.id))
  if (item.begun) return begunBefore(draft, item, body.epoch)
  const barred = notReleased(draft, item) ?? heldBack(doc)
  if (barred) return draft.refuse(barred)
  if (item.digest !== body.digest)
    return draft.refuse(
      refused('conflict', 'These are not the bytes that were released.', {
        standing: approvalView(doc, item),
      }),
    )
  if (item.useBy !== undefined && facts.at >= item.useBy) {
    lapse(draft, item)
    return draft.refuse(refused('expired', 'It was released, and not begun in time; ask again.'))
  }
  if (!stillReleased(draft, item, verdictOnItem(draft, item)))
    return draft.refuse(
      refused(
        'not_permitted',
        'Policy, or what the people count for who released it, has changed; ask again.',
      ),
    )
  if (needsPerson(draft, item, body.epoch)) {
    lapse(draft, item)
    return draft.refuse(
      refused(
        'not_permitted',
        'The same bytes may have run already, which only a person can find out; ask again.',
      ),
    )
  }
  supersede(draft, item, body.epoch)
  const begun = changed(item, {
    begun: { at: facts.at, by: doc.id, epoch: body.epoch, instance: body.instance },
  })
  putApproval(draft, begun, { type: 'action.begun', by: doc.id })
  return draft.done({ digest: item.digest }, { holder: item.id, notAfter: item.useBy })
}

function notReleased({ doc }: Draft, item: Approval) {
  if (item.status === 'approved' || item.status === 'auto_approved') return undefined
  return refused('not_released', undefined, { standing: approvalView(doc, item) })
}

/** PO1: what is released waits while its agent is held. */
function heldBack(doc: AgentDocument) {
  const order = holdingOrder(doc)
  if (order) return refused('under_order', undefined, { order })
  return doc.machine.state === 'paused' ? refused('paused') : undefined
}

function settledBefore(draft: Draft, id: string): ReturnType<typeof refused> {
  const standing = draft.standing(id) as ApprovalView | undefined
  if (!standing) return refused('not_found')
  if (standing.stages.reported) return refused('already_reported', undefined, { standing })
  if (standing.stages.revoked)
    return refused('not_released', `It was revoked: ${standing.reason ?? ''}`, { standing })
  if (standing.status === 'expired' || standing.stages.lapsed)
    return refused('expired', 'It can no longer be begun; ask again.', { standing })
  return refused('not_released', undefined, { standing })
}

/** AP9: nobody but the process that began it can know how it went. A person is told, once. */
function begunBefore(draft: Draft, item: Approval, epoch: string): Decision<AgentDocument> {
  const standing = approvalView(draft.doc, item)
  if (item.begun?.epoch === epoch)
    return draft.refuse(refused('conflict', 'This process began it already.', { standing }))
  if (!item.doubted) tellAbandoned(draft, item)
  return draft.refuse(refused('unknown_outcome', undefined, { standing }))
}

/** The same request came again after its process died, and its verdict had been `go`: it must not run twice. */
export function reclaim(draft: Draft, id: string): Decision<AgentDocument> {
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (!item?.begun) return draft.refuse(settledBefore(draft, id))
  return begunBefore(draft, item, '')
}

/**
 * How a begun action ended. AU3: counted once, and only for what was released and begun.
 * Errors: `stale_epoch`, `not_released` (never begun), `already_reported`, `not_found`.
 */
export function report(draft: Draft, { body }: Reporting): Decision<AgentDocument> {
  const { doc, facts } = draft
  // No run is asked for: the outcome of an act that a stop interrupted is still worth knowing.
  const stale = staleEpoch(draft, body.epoch)
  if (stale) return draft.refuse(stale)
  const item = doc.approvals.find((one) => one.id === body.id)
  if (!item) return draft.refuse(settledBefore(draft, body.id))
  if (!item.begun) return draft.refuse(refused('not_released', 'It was never begun, so it has no outcome.'))
  const reported = changed(item, {
    outcome: body.outcome,
    error: body.error,
    reported: { at: facts.at, by: doc.id },
  })
  putApproval(draft, reported, { type: 'action.reported', by: doc.id })
  if (body.outcome === 'unknown') {
    rememberUnsettled(draft, item, body.epoch)
    markWhatWaits(draft)
  } else tellOutcome(draft, [item.id], { at: facts.at, by: doc.id, outcome: body.outcome })
  if (body.outcome === 'success') moveTrust(draft, doc.id, { kind: 'success' })
  if (body.outcome === 'failure') {
    moveTrust(draft, doc.id, { kind: 'failure', severity: body.severity ?? DEFAULT_SEVERITY })
    watchFailure(draft)
  }
  const { autonomy } = draft.doc
  return draft.done({ trust: autonomy.trust, autonomy: autonomyView(autonomy) })
}
