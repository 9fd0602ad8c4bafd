import {
  checkCondition,
  conditionHolds,
  DAY,
  hasRole,
  iso,
  refused,
  type StandingGrantView,
  type Verdict,
} from '@holdpoint/shared'
import type { AgentDocument, Approval, StandingGrant } from './agent-document.ts'
import type { PersonCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { inquiryAbout, verdictOn } from './inquiries.ts'
import { barredAsOwner, roleNow, signatureOf } from './signatures.ts'

type Issuing = Extract<PersonCommand, { readonly type: 'standing.issue' }>
type Revoking = Extract<PersonCommand, { readonly type: 'standing.revoke' }>

/** As many as one agent's document holds. */
const MAX_GRANTS = 20
/** Beyond it, somebody has to look again. */
const MAX_MS = 31 * DAY

/**
 * AP13: releases "the next N" or "until T" of one agent's action in advance, under a predicate.
 * Errors: `forbidden` (the role, or the agent's owner), `not_permitted` (what asks for a factor, an admin or several
 * people is never released in advance), `invalid` (predicate, neither N nor T, T out of reach), `rate_limited`.
 */
export function issueStanding(draft: Draft, { body, by }: Issuing): Decision<AgentDocument> {
  const { at, ids } = draft.facts
  if (body.count === undefined && body.until === undefined)
    return draft.refuse(refused('invalid', 'Say how many (count), or until when.', { path: '/count' }))
  const until = body.until === undefined ? at + MAX_MS : Date.parse(body.until)
  if (until <= at || until > at + MAX_MS)
    return draft.refuse(
      refused('invalid', 'It may last until a time within 31 days from now.', { path: '/until' }),
    )
  const condition = body.when === undefined ? undefined : checkCondition(body.when)
  if (condition && !condition.ok)
    return draft.refuse(
      refused('invalid', `The predicate: ${condition.error.message}.`, {
        path: '/when',
        ...condition.error.details,
      }),
    )
  const verdict = verdictOn(draft, { action: body.action, inAdvance: true })
  const never = neverInAdvance(verdict)
  if (never) return draft.refuse(refused('not_permitted', never))
  if (verdict.role && !hasRole(by.role, verdict.role))
    return draft.refuse(
      refused('forbidden', `Releasing this needs the role ${verdict.role}; yours is ${by.role}.`),
    )
  const grants = current(draft)
  if (grants.length >= MAX_GRANTS)
    return draft.refuse(
      refused('rate_limited', `${MAX_GRANTS} standing grants hold for this agent; revoke one.`),
    )
  const grant: StandingGrant = {
    id: ids.item,
    action: body.action,
    when: body.when,
    left: body.count,
    until,
    used: 0,
    reason: body.reason,
    signature: signatureOf(by, at),
  }
  if (barredAsOwner(draft, {}, verdict, grant.signature))
    return draft.refuse(
      refused('forbidden', 'You own this agent, so somebody else must release what it asks for.'),
    )
  draft.update({ standing: [...grants, grant] })
  draft.log('standing.issued', by.id, { standing: standingView(draft.doc, grant) })
  return draft.done({ standing: standingView(draft.doc, grant) })
}

export function revokeStanding(draft: Draft, { id, reason, by }: Revoking): Decision<AgentDocument> {
  const grant = draft.doc.standing?.find((one) => one.id === id)
  if (!grant) return draft.refuse(refused('not_found', 'No such standing grant holds; it may be used up.'))
  draft.update({ standing: draft.doc.standing?.filter((one) => one !== grant) })
  draft.log('standing.revoked', by.id, { standing: standingView(draft.doc, grant), reason })
  return draft.done({ standing: standingView(draft.doc, grant) })
}

/** What a grant in advance may never stand for, in a sentence. */
function neverInAdvance({ kind, level, role, factor, approvals, misfit }: Verdict): string | undefined {
  // in advance there are no arguments to fit their schema; each use is checked with its own
  if (kind === 'forbidden' && misfit === undefined) return 'Policy does not permit this action to this agent.'
  if (factor || level === 'required_2fa') return 'What asks for a second factor is never released in advance.'
  if (level === 'admin_only' || role === 'admin')
    return 'What asks for an admin is never released in advance.'
  if (approvals > 1) return 'What asks for several people is never released in advance.'
  return undefined
}

/**
 * AP13: the grant that releases this action now, checked again: its predicate, the level, and who gave it, by what
 * their record says now. A spent budget always asks a person (PO4), and so do bytes that may have run already (AP9).
 */
export function standingFor(
  draft: Draft,
  item: Pick<Approval, 'action' | 'risk' | 'confidence' | 'role' | 'separated'>,
  verdict: Verdict,
  args: unknown,
): StandingGrant | undefined {
  if (verdict.kind !== 'ask' || verdict.spent.length > 0 || verdict.begunBefore || neverInAdvance(verdict))
    return undefined
  return current(draft).find((grant) => {
    const { action, when, signature } = grant
    if (action !== item.action) return false
    const role = roleNow(draft, signature)
    if (!role || (verdict.role && !hasRole(role, verdict.role))) return false
    if (barredAsOwner(draft, item, verdict, signature)) return false
    if (when === undefined) return true
    const holds = conditionHolds(when, inquiryAbout(draft, { ...item, args }), verdict.class)
    return holds.ok && holds.value
  })
}

/** Counts one use, within the time that it lasts; a grant that is used up is gone. */
export function useStanding(draft: Draft, grant: StandingGrant, approval: string): void {
  draft.onlyBefore(grant.until)
  const left = grant.left === undefined ? undefined : grant.left - 1
  const used = { ...grant, left, used: grant.used + 1 }
  const others = current(draft).filter((one) => one.id !== grant.id)
  draft.update({ standing: left === 0 ? others : [...others, used] })
  draft.log('standing.used', grant.signature.person, {
    standing: standingView(draft.doc, used),
    id: approval,
  })
}

/** Those that hold: one whose time is over releases nothing, whenever it is cleared away. */
const current = ({ doc, facts }: Draft): readonly StandingGrant[] =>
  (doc.standing ?? []).filter(({ until }) => facts.at < until)

export const standingView = (doc: AgentDocument, grant: StandingGrant): StandingGrantView => ({
  id: grant.id,
  agent: doc.id,
  action: grant.action,
  when: grant.when,
  left: grant.left,
  until: iso(grant.until),
  used: grant.used,
  by: grant.signature.person,
  at: iso(grant.signature.at),
  reason: grant.reason,
})
