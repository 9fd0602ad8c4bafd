import { type Approval, changed, type StandingGrant } from './agent-document.ts'
import { reserve } from './budgets.ts'
import { standingDenial } from './denials.ts'
import type { Draft } from './draft.ts'
import { levelIn } from './family.ts'
import { argsOf, shadowOnItem, verdictOnItem } from './inquiries.ts'
import { putApproval } from './items.ts'
import { pageAboutApproval } from './paging.ts'
import { settle, useByOf } from './releases.ts'
import { forbiddenReason, ruledBy } from './requests.ts'
import { standingFor, useStanding } from './standing-grants.ts'
import { openSystemTicket } from './tickets.ts'
import { doubtAbout, markOf, tellDoubt } from './unsettled.ts'

/** PO1: what was asked while the agent was held is decided anew when it goes on. */
export function decideHeldAnew(draft: Draft): void {
  for (const item of draft.doc.approvals) if (item.held) decideAnew(draft, item)
}

function decideAnew(draft: Draft, asked: Approval): void {
  const { at, policy } = draft.facts
  // AP9: whoever began the same bytes may have died since it was asked for, or their outcome become known
  const doubt = doubtAbout(draft, asked.digest, draft.doc.epoch)
  const held = changed(asked, { begunBefore: markOf(doubt) })
  const { trust } = draft.doc.autonomy
  const autonomy = levelIn(draft)
  const verdict = verdictOnItem(draft, held)
  const shadow = shadowOnItem(draft, held, verdict)
  const begunBefore = verdict.begunBefore ? held.begunBefore : undefined
  const ruled = changed(held, { ...ruledBy(verdict), begunBefore, shadow, held: false, trust, autonomy })
  const denied = standingDenial(draft, held.digest)
  if (denied) {
    turnDown(draft, ruled, denied.reason)
    return
  }
  const grant = standingFor(draft, ruled, verdict, argsOf(draft, held))
  const item = verdict.kind === 'forbidden' ? ruled : reserve(draft, ruled, verdict)
  switch (verdict.kind) {
    case 'forbidden': {
      const reason = forbiddenReason(draft, item.action, verdict)
      const { id: approval, action, digest, rules } = item
      turnDown(draft, item, reason)
      openSystemTicket(draft, 'policy_violation', { about: action, approval, digest, rules, note: reason })
      return
    }
    case 'go': {
      // Released, not begun: its agent may be gone by now, so it has to claim it like any other (AP9).
      const useBy = useByOf(policy, at)
      settle(
        draft,
        changed(item, { status: 'auto_approved', decided: { at, by: 'policy' }, useBy }),
        'approval.auto_approved',
        'policy',
      )
      draft.setDeadline(`lapse:${item.id}`, useBy)
      return
    }
    case 'ask': {
      if (grant) {
        releaseByGrant(draft, item, grant)
        return
      }
      const expiresAt = at + verdict.timeoutMs
      const pending = changed(item, { expiresAt })
      putApproval(draft, pending, { type: 'approval.requested', by: draft.doc.id })
      draft.setDeadline(`expire:${item.id}`, expiresAt)
      pageAboutApproval(draft, pending)
      if (doubt && begunBefore) tellDoubt(draft, doubt)
      return
    }
  }
}

/** AP8, PO2: by nobody's decision of now. */
function turnDown(draft: Draft, item: Approval, reason: string): void {
  const decided = { at: draft.facts.at, by: 'policy' }
  settle(draft, changed(item, { status: 'denied', decided, reason }), 'approval.denied', 'policy')
}

/** AP13: somebody has released it in advance; as above, its agent has to claim it. */
function releaseByGrant(draft: Draft, item: Approval, grant: StandingGrant): void {
  const { at, policy } = draft.facts
  const { id, signature } = grant
  const useBy = useByOf(policy, at)
  useStanding(draft, grant, item.id)
  settle(
    draft,
    changed(item, {
      status: 'approved',
      standing: id,
      signatures: [signature],
      decided: { at, by: signature.person },
      useBy,
    }),
    'approval.approved',
    signature.person,
  )
  draft.setDeadline(`lapse:${item.id}`, useBy)
}
