import {
  type ApprovalView,
  approvalLevels,
  canonicalAction,
  hasRole,
  type OperatorRequest,
  type Policy,
  type Result,
  refused,
  type Verdict,
} from '@holdpoint/shared'
import { type AgentDocument, type Approval, changed, type Signature } from './agent-document.ts'
import { grantAllotments } from './budgets.ts'
import type { AgentOwnCommand, Person, PersonCommand } from './commands.ts'
import { rememberDenial } from './denials.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { CLAIM_FRESH_MS } from './factors.ts'
import { argsOf, verdictOnItem } from './inquiries.ts'
import { lapse, putApproval } from './items.ts'
import { doesNotFit, forbiddenReason, ruledBy } from './requests.ts'
import {
  admittedEachOther,
  barredAsOwner,
  hasFallen,
  keepObjected,
  keepSigned,
  neededApprovals,
  neededDenials,
  neededRole,
  samePerson,
  signatureOf,
  signedTwice,
  standingSignatures,
  without,
} from './signatures.ts'
import { countingDoubt, markDoubted, markOf } from './unsettled.ts'
import { approvalView } from './views.ts'

type Approving = Extract<PersonCommand, { type: 'approval.approve' }>
type Denying = Extract<PersonCommand, { type: 'approval.deny' }>
type Responding = Extract<PersonCommand, { type: 'approval.respond' }>

/**
 * AP4: releases the bytes that were shown, or an edited revision of them.
 * Errors: `not_found`, `already_decided`, `expired`, `conflict` (other bytes or revision), `forbidden` (role),
 * `second_factor_required`, `not_permitted` (today's policy).
 */
export function approve(draft: Draft, { body, by }: Approving): Decision<AgentDocument> {
  const item = undecided(draft, body)
  if (!item.ok) return draft.refuse(item)
  const doubted = doubtedSince(draft, item.value)
  if (doubted) return draft.refuse(doubted)
  const revised = body.args === undefined ? item : revise(draft, item.value, body.args)
  if (!revised.ok) return draft.refuse(revised)
  const today = verdictOnItem(draft, revised.value)
  return sign(draft, changed(revised.value, { note: body.note ?? revised.value.note }), by, today)
}

/**
 * AP5, AP6: the last signature releases; the ones before it are looked at once more. The factor is asked for last: no code
 * is to be spent on what is refused all the same.
 */
function sign(draft: Draft, item: Approval, by: Person, today: Verdict): Decision<AgentDocument> {
  const signature = signatureOf(by, draft.facts.at)
  const standing = standingSignatures(draft, item, today)
  const before = standing.some((one) => samePerson(draft, one, signature))
  // fewer are asked for by now than when they signed: released by who did, it waits for nobody
  const isEnough = before && standing.length >= neededApprovals(item, today)
  const barred =
    notAllowed(draft, item, by, today) ??
    notAnother(draft, item, today, { standing, signature, before: before && !isEnough }) ??
    unproven(draft, item, by, today)
  if (barred) return draft.refuse(barred)
  if (isEnough) return release(draft, changed(item, { signatures: standing }), by)
  const signed = changed(item, {
    signatures: [...standing, signature],
    objections: without(draft, item.objections, by.id),
  })
  const count = signed.signatures?.length ?? 0
  if (count >= neededApprovals(item, today)) return release(draft, signed, by)
  if (signed.expiresAt !== undefined) draft.setDeadline(`expire:${signed.id}`, signed.expiresAt)
  return keepSigned(draft, signed, by, today)
}

/** AP5, AP6: why this signature would not be another person's. Errors: `forbidden`, `conflict`. */
function notAnother(
  draft: Draft,
  item: Approval,
  today: Verdict,
  {
    standing,
    signature,
    before,
  }: { readonly standing: readonly Signature[]; readonly signature: Signature; readonly before: boolean },
) {
  if (barredAsOwner(draft, item, today, signature))
    return refused('forbidden', ownersOwn(draft, signature), { owner: draft.doc.identity.owner })
  if (before) return signedTwice(draft, item)
  const other = standing.find((one) => admittedEachOther(draft, one, signature))
  if (!other) return undefined
  return refused(
    'conflict',
    `${other.person} has signed it, and one of you let the other in by a link or a password; somebody else has to sign.`,
    { standing: approvalView(draft.doc, item) },
  )
}

const ownersOwn = ({ doc }: Draft, { admittedBy }: Signature): string =>
  admittedBy !== undefined && admittedBy === doc.identity.owner
    ? `${admittedBy} owns this agent and let you in by a link or a password, so somebody else must release what it asks for.`
    : 'You own this agent, so somebody else must release what it asks for.'

/** AP9: a doubt that has come up since it was shown, and that whoever releases it has to know of. */
export function doubtedSince(draft: Draft, item: Approval): ReturnType<typeof refused> | undefined {
  const marked = markDoubted(draft, item)
  return (
    marked &&
    refused(
      'conflict',
      'The same bytes may have run already, which was not known when it was shown; look at it again.',
      {
        standing: approvalView(draft.doc, marked),
      },
    )
  )
}

/** AP9: until when what is released now may be begun. */
export const useByOf = ({ release: { useByMs, maxUseByMs } }: Policy, at: number): number =>
  at + Math.min(useByMs, maxUseByMs)

/** Makes a pending item `approved`, to be begun by `useBy` (AP9). */
export function release(draft: Draft, item: Approval, by: Person): Decision<AgentDocument> {
  const { at, policy } = draft.facts
  const useBy = useByOf(policy, at)
  const released = changed(item, {
    status: 'approved',
    decided: { at, by: by.id },
    // today's policy may ask for one where that of the request did not
    factor: item.factor || by.factor !== undefined,
    useBy,
  })
  settle(draft, released, 'approval.approved', by.id)
  grantAllotments(draft, released)
  draft.update({ denialsInRow: 0 })
  draft.setDeadline(`lapse:${released.id}`, useBy)
  return draft.done(
    { approval: approvalView(draft.doc, released) },
    { holder: released.id, notAfter: item.expiresAt },
  )
}

/** AP4: a denial with a reason; needs no more than `operator`, and never a factor. */
export const deny = (draft: Draft, { body, by }: Denying): Decision<AgentDocument> =>
  turnDown(draft, body, by, { reason: body.reason })

/** AP4: a message instead of running; denied, and not counted as a denial. */
export const respond = (draft: Draft, { body, by }: Responding): Decision<AgentDocument> =>
  turnDown(draft, body, by, { reason: 'A person answered instead of releasing it.', response: body.message })

function turnDown(
  draft: Draft,
  body: Named,
  by: Person,
  words: { readonly reason: string; readonly response?: string },
): Decision<AgentDocument> {
  const item = undecided(draft, body)
  if (!item.ok) return draft.refuse(item)
  const objected = objectedBy(draft, item.value, by, words.response ?? words.reason)
  const today = verdictOnItem(draft, item.value)
  const enough = neededDenials(item.value, today)
  if ((objected.objections?.length ?? 0) < enough) return keepObjected(draft, objected, by, today)
  const denied = changed(objected, {
    ...words,
    status: 'denied',
    decided: { at: draft.facts.at, by: by.id },
  })
  settle(draft, denied, 'approval.denied', by.id)
  if (words.response === undefined) rememberDenial(draft, denied, words.reason)
  return draft.done({ approval: approvalView(draft.doc, denied) }, { notAfter: item.value.expiresAt })
}

/** AP5: nobody counts twice; who denies takes their own release back, and who denied counts only while they stand. */
function objectedBy(draft: Draft, item: Approval, by: Person, reason: string): Approval {
  const others = without(draft, item.objections, by.id)
    .filter((one) => !hasFallen(draft, one))
    .filter((one, at, all) => !all.slice(0, at).some((earlier) => samePerson(draft, earlier, one)))
  return changed(item, {
    signatures: without(draft, item.signatures, by.id),
    objections: [...others, { person: by.id, at: draft.facts.at, reason }],
  })
}

type Named = Pick<OperatorRequest<'approval.approve'>, 'id' | 'revision' | 'digest'>

/** The item, if it can still be decided and is what the person saw. */
export function undecided(draft: Draft, { id, revision, digest }: Named): Result<Approval> {
  const item = open(draft, id)
  if (!item.ok) return item
  if (item.value.revision !== revision || item.value.digest !== digest)
    return refused('conflict', 'It was changed since it was shown; look at it again.', {
      standing: approvalView(draft.doc, item.value),
    })
  return item
}

/** The item, if it can still be decided. A late decision expires it first (AP3). */
function open(draft: Draft, id: string): Result<Approval> {
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (!item) return gone(draft, id)
  if (item.status !== 'pending')
    return refused('already_decided', undefined, { standing: approvalView(draft.doc, item) })
  if (item.held)
    return refused('paused', 'The agent is held; policy decides this anew when the agent goes on.')
  if (hasExpired(draft, item)) {
    const expired = expire(draft, item)
    return refused('expired', 'Its time had passed, so nobody can release it any more.', {
      standing: approvalView(draft.doc, expired),
    })
  }
  return { ok: true, value: item }
}

/** AP2: what has left the document was decided; its record says how. */
export function gone(draft: Draft, id: string): ReturnType<typeof refused> {
  const standing = draft.standing(id) as ApprovalView | undefined
  if (!standing) return refused('not_found')
  return refused(standing.status === 'expired' ? 'expired' : 'already_decided', undefined, { standing })
}

/**
 * AP4: edited arguments are a new revision, under the same digest rules, kept beside what was asked. Schema, level, class
 * and factor apply anew. They stay of one kind: what reads `args.to` finds nothing in a list. Errors: `invalid`,
 * `too_large`.
 */
function revise(draft: Draft, item: Approval, args: unknown): Result<Approval> {
  const bytes = canonicalAction(item.action, args)
  if (!bytes.ok) return bytes
  if (bytes.value.digest === item.digest) return { ok: true, value: item }
  const [was, is] = [kindOf(argsOf(draft, item)), kindOf(args)]
  if (was !== is) return refused('invalid', `The arguments are ${was}; edited, they can not be ${is}.`)
  // AP9: of what it becomes, too, whoever releases it has to know
  const edited = changed(item, { digest: bytes.value.digest, begunBefore: undefined })
  const doubt = countingDoubt(draft, edited, draft.doc.epoch)
  if (doubt?.id !== undefined)
    return refused(
      'conflict',
      'What you made of it may have run already, under another approval; edit it otherwise, or deny it.',
      {
        id: doubt.id,
      },
    )
  draft.blob(bytes.value.digest, bytes.value.canonical)
  const revised = changed(item, {
    begunBefore: markOf(doubt),
    digest: bytes.value.digest,
    askedDigest: item.askedDigest ?? item.digest,
    revision: item.revision + 1,
    // they were about other bytes
    signatures: [],
    objections: [],
  })
  const verdict = verdictOnItem(draft, revised)
  if (verdict.misfit) return doesNotFit(item.action, verdict.misfit)
  const { expiresAt } = item
  // a level that leaves people less time leaves it to the edit too (AP3)
  const until = verdict.kind === 'ask' ? draft.facts.at + verdict.timeoutMs : expiresAt
  return {
    ok: true,
    value: changed(revised, {
      // a person was asked, so it stays theirs to release, by whom it was: also where the edit alone would need nobody
      ...(verdict.kind === 'go' ? {} : ruledAnew(item, verdict)),
      expiresAt: expiresAt !== undefined && until !== undefined ? Math.min(expiresAt, until) : expiresAt,
    }),
  }
}

/** PO6: where policy has changed since it was asked for, today's counts beside that one and never instead. */
function ruledAnew(item: Approval, today: Verdict): Partial<Approval> {
  const anew = ruledBy(today)
  if (today.policyVersion === item.policyVersion) return anew
  const { level, rules, policyVersion } = item
  return {
    ...anew,
    level: approvalLevels.indexOf(level) > approvalLevels.indexOf(today.level) ? level : today.level,
    role: neededRole(item, today),
    factor: item.factor || today.factor,
    needs: { approvals: neededApprovals(item, today), denials: neededDenials(item, today) },
    separated: item.separated || today.separationOfDuties,
    rules: [...new Set([...rules, ...today.rules])],
    // so that it still counts at the next edit
    policyVersion,
  }
}

function kindOf(args: unknown): string {
  if (args === undefined) return 'not known here'
  if (args === null) return 'null'
  if (Array.isArray(args)) return 'a list'
  return typeof args === 'object' ? 'an object' : `a ${typeof args}`
}

/** AP4, PO6: both the policy it was asked under and today's must let this person release it. */
export function mayRelease(draft: Draft, item: Approval, by: Person) {
  const today = verdictOnItem(draft, item)
  return notAllowed(draft, item, by, today) ?? unproven(draft, item, by, today)
}

/** By policy and role alone. */
function notAllowed(draft: Draft, item: Approval, by: Person, today: Verdict) {
  if (today.kind === 'forbidden') return refused('not_permitted', forbiddenReason(draft, item.action, today))
  const highest = neededRole(item, today)
  if (highest && !hasRole(by.role, highest))
    return refused('forbidden', `Releasing this needs the role ${highest}; yours is ${by.role}.`, {
      needed: highest,
    })
  return undefined
}

const unproven = (draft: Draft, item: Approval, by: Person, today: Verdict) =>
  (item.factor || today.factor) && !isProven(item, by, draft.facts.at)
    ? refused('second_factor_required', by.registered ? GIVE_A_CODE : NOBODYS_FACTOR, { level: item.level })
    : undefined

const GIVE_A_CODE =
  'Releasing this needs a second factor: give a code of your authenticator app (--totp 123456). Without one yet, enrol it: holdpoint factor enroll.'
const NOBODYS_FACTOR =
  'Releasing this needs a second factor, and nobody is registered for your token: ask an admin to add you (holdpoint people add), then enrol one: holdpoint factor enroll.'

/** Second factor: spent on these very bytes, a short while ago. */
const isProven = ({ id, digest }: Approval, { factor }: Person, at: number): boolean =>
  factor?.purpose.kind === 'release' &&
  factor.purpose.approval === id &&
  factor.purpose.digest === digest &&
  at < factor.at + CLAIM_FRESH_MS

/** Writes a final status, lets a blocked agent go on, and tells it. */
export function settle(draft: Draft, item: Approval, type: string, by: string): void {
  if (item.blocking) draft.move('item.settled')
  putApproval(draft, item, { type, by, tell: true })
}

export const hasExpired = ({ facts }: Draft, { expiresAt }: Approval): boolean =>
  expiresAt !== undefined && facts.at >= expiresAt

/** AP3: fails closed, recorded as expired, never as a person's denial. */
export function expire(draft: Draft, item: Approval): Approval {
  const expired = changed(item, {
    status: 'expired',
    decided: { at: draft.facts.at, by: 'system' },
    reason: 'Nobody released it in time.',
  })
  settle(draft, expired, 'approval.expired', 'system')
  return expired
}

/** A deadline fell due; one that fired early is harmless. */
export function expireIfDue(draft: Draft, id: string): Decision<AgentDocument> {
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (item?.status === 'pending' && !item.held && hasExpired(draft, item)) expire(draft, item)
  return draft.unchanged()
}

/** AP9: released, and not begun in time. */
export function lapseIfDue(draft: Draft, id: string): Decision<AgentDocument> {
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (item && !item.begun && item.useBy !== undefined && draft.facts.at >= item.useBy) lapse(draft, item)
  return draft.unchanged()
}

/** The agent no longer wants it. What was begun can't be taken back. Errors: `not_found`, `already_decided`. */
export function cancel(
  draft: Draft,
  { body }: Extract<AgentOwnCommand, { type: 'approval.cancel' }>,
): Decision<AgentDocument> {
  const item = draft.doc.approvals.find((one) => one.id === body.id)
  if (!item) return draft.refuse(gone(draft, body.id))
  const view = () => approvalView(draft.doc, item)
  if (item.begun) return draft.refuse(refused('conflict', 'It was begun already.', { standing: view() }))
  if (item.status !== 'pending') {
    lapse(draft, item)
    return draft.done({
      approval: approvalView(draft.doc, changed(item, { lapsed: { at: draft.facts.at } })),
    })
  }
  const cancelled = withdraw(draft, item, body.reason, draft.doc.id)
  return draft.done({ approval: approvalView(draft.doc, cancelled) })
}

/** AP2: `cancelled`, by its agent or with its run. */
export function withdraw(draft: Draft, item: Approval, reason: string, by: string): Approval {
  const cancelled = changed(item, { status: 'cancelled', decided: { at: draft.facts.at, by }, reason })
  settle(draft, cancelled, 'approval.cancelled', by)
  return cancelled
}

/** AP11: the first console that got it, and the first person who looked. */
export function note(
  draft: Draft,
  {
    delivered,
    seen,
    by,
  }: { readonly delivered: readonly string[]; readonly seen: readonly string[]; readonly by: string },
): Decision<AgentDocument> {
  const mark = { at: draft.facts.at, by }
  for (const item of draft.doc.approvals) {
    const newlySeen = !item.seen && seen.includes(item.id)
    const newlyDelivered = !item.delivered && (newlySeen || delivered.includes(item.id))
    if (item.status !== 'pending' || !(newlySeen || newlyDelivered)) continue
    const noted = changed(item, {
      delivered: item.delivered ?? mark,
      seen: newlySeen ? mark : item.seen,
    })
    putApproval(draft, noted, { type: newlySeen ? 'approval.seen' : 'approval.delivered', by })
  }
  return draft.unchanged()
}
