import {
  canonicalAction,
  counted,
  type Epoch,
  type Misfit,
  type RequestAnswer,
  refused,
  type Verdict,
} from '@holdpoint/shared'
import {
  type AgentDocument,
  type Approval,
  changed,
  type StandingGrant,
  type WholeApproval,
} from './agent-document.ts'
import { reserve } from './budgets.ts'
import type { AgentOwnCommand } from './commands.ts'
import { contextBlob } from './context.ts'
import { standingDenial } from './denials.ts'
import { watchRequest } from './detectors.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { levelIn } from './family.ts'
import { heldRun, isHeld, isRefused } from './guards.ts'
import { shadowOn, verdictOn, verdictOnItem } from './inquiries.ts'
import { isLeftBehind, lapse, openItems, putApproval } from './items.ts'
import { pageAboutApproval } from './paging.ts'
import { overQuota } from './quota.ts'
import { stillReleased } from './signatures.ts'
import { standingFor, useStanding } from './standing-grants.ts'
import { openSystemTicket } from './tickets.ts'
import { doubtAbout, forgetHarmless, markDoubted, markOf, needsPerson, tellDoubt } from './unsettled.ts'
import { approvalView } from './views.ts'

type Requesting = Extract<AgentOwnCommand, { type: 'action.request' }>

/**
 * Decides one action in the order of PO: free to go, to be released by somebody, or refused.
 * Errors: `stale_epoch`, `agent_stopped`, `invalid` and `too_large` arguments (AP10), `rate_limited` (AP14).
 */
export function requestAction(draft: Draft, { body }: Requesting): Decision<AgentDocument> {
  const { facts } = draft
  const run = heldRun(draft, body.epoch)
  if (isRefused(run)) return draft.refuse(run)
  const bytes = canonicalAction(body.action, body.args)
  if (!bytes.ok) return draft.refuse(bytes)
  const { digest, canonical } = bytes.value
  const context = contextBlob(draft, body.context)
  if (context && isRefused(context)) return draft.refuse(context)

  const same = sameBytes(draft, digest, run.epoch)
  // AP7: one action, one decision, one begin; only the key is remembered.
  if (!same) forgetHarmless(draft, run.epoch)
  const full = same ? undefined : overCap(draft)
  if (full) return draft.refuse(full)
  const earlier = doubtAbout(draft, digest, run.epoch)
  const asked = earlier ? { ...body, begunBefore: true as const } : body
  const atFirst = same ? undefined : verdictOn(draft, asked)
  // Not remembered, so its key may come again and again: nothing may be counted by it (ES4).
  if (atFirst?.misfit) return draft.refuse(doesNotFit(body.action, atFirst.misfit))
  const denied = standingDenial(draft, digest)
  const crowded = overQuota(draft)
  if (crowded && atFirst && !denied && waits(draft, body, atFirst)) return draft.refuse(crowded)
  const { autonomy } = draft.doc
  // may pause the agent: then what it asks for here waits like anything else
  watchRequest(draft, body.action, digest)
  if (same) return foldIn(draft, same, body)
  // what is turned down at once opens no item that one could look at
  const opensItem = !denied && (isHeld(draft.doc) || atFirst?.kind !== 'forbidden')
  doubts(draft, body, digest, opensItem ? facts.ids.item : undefined)
  if (earlier && atFirst?.begunBefore && opensItem) tellDoubt(draft, earlier)
  const { doc } = draft
  // what was just told of it may have cost it its level
  const verdict = atFirst && doc.autonomy === autonomy ? atFirst : verdictOn(draft, asked)
  draft.blob(digest, canonical)
  const item: WholeApproval = {
    id: facts.ids.item,
    run: run.id,
    epoch: run.epoch,
    action: body.action,
    digest,
    askedDigest: undefined,
    contextDigest: context?.digest,
    revision: 1,
    status: 'pending',
    held: false,
    blocking: body.blocking ?? true,
    ...ruledBy(verdict),
    shadow: shadowOn(draft, asked, verdict),
    summary: body.summary,
    confidence: body.confidence,
    risk: body.risk,
    trust: doc.autonomy.trust,
    autonomy: levelIn(draft),
    queued: { at: facts.at, by: doc.id },
    ...nothingYet,
    begunBefore: verdict.begunBefore ? markOf(earlier) : undefined,
  }
  if (denied) return turnedDown(draft, item, 'denied_before', denied.reason)
  if (isHeld(doc)) return overShare(draft) ?? hold(draft, item)
  switch (verdict.kind) {
    case 'forbidden':
      return forbid(draft, item, verdict)
    case 'go':
      return go(draft, reserve(draft, item, verdict), run)
    case 'ask': {
      const grant = standingFor(draft, item, verdict, body.args)
      const full = grant ? undefined : overShare(draft)
      if (full) return full
      const reserved = reserve(draft, item, verdict)
      return grant ? goByGrant(draft, reserved, run, grant) : ask(draft, reserved, verdict)
    }
  }
}

/** What an approval may come to have. */
const nothingYet = {
  expiresAt: undefined,
  useBy: undefined,
  reserved: undefined,
  signatures: undefined,
  objections: undefined,
  standing: undefined,
  reason: undefined,
  response: undefined,
  note: undefined,
  outcome: undefined,
  error: undefined,
  delivered: undefined,
  seen: undefined,
  decided: undefined,
  begun: undefined,
  reported: undefined,
  lapsed: undefined,
  revoked: undefined,
  override: undefined,
  doubted: undefined,
  begunBefore: undefined,
  page: undefined,
}

/** Whether somebody will have to decide it: because its agent is held, or by this verdict. */
const waits = (
  draft: Draft,
  { action, args, risk, confidence }: Requesting['body'],
  verdict: Verdict,
): boolean =>
  isHeld(draft.doc) ||
  (verdict.kind === 'ask' &&
    !standingFor(draft, { action, risk, confidence, ...ruledBy(verdict) }, verdict, args))

/**
 * AP7: what stands for these bytes: it waits, or is left behind. A release that no longer counts is out of the way first:
 * whoever folds into it could neither begin it nor ask for another one.
 */
function sameBytes(draft: Draft, digest: string, now: Epoch): Approval | undefined {
  const isSame = (item: Approval) => (item.askedDigest ?? item.digest) === digest
  for (const item of draft.doc.approvals)
    if (isSame(item) && isForTaking(item, now, draft.facts.at))
      if (!stillReleased(draft, item, verdictOnItem(draft, item)) || needsPerson(draft, item, now))
        lapse(draft, item)
  return draft.doc.approvals.find(
    (item) => isSame(item) && (item.status === 'pending' || isForTaking(item, now, draft.facts.at)),
  )
}

/**
 * AP7: released while the process that asked for it was gone. The one that came after it knows no key of it, and asks for
 * the same: a person's decision must not be wasted on that.
 */
const isForTaking = (item: Approval, now: Epoch, at: number): boolean =>
  isLeftBehind(item, now) && item.useBy !== undefined && at < item.useBy

/** AP7: into what waits already. Where the agent waits for it only now, it blocks from now on. */
function foldIn(
  draft: Draft,
  same: Approval,
  { blocking = true }: Requesting['body'],
): Decision<AgentDocument> {
  const blocks = blocking && !same.blocking && same.status === 'pending'
  const item = changed(same, { blocking: same.blocking || blocks })
  if (blocks) {
    draft.move('item.opened')
    putApproval(draft, item, { type: 'approval.blocking', by: draft.doc.id })
  }
  const now = markDoubted(draft, item) ?? item
  return draft.done(answer(draft, now, 'wait'), { holder: now.id })
}

/** ES1: what the agent itself thinks unsure or risky is told to people, beside whatever policy makes of it. */
function doubts(
  draft: Draft,
  { action, summary, confidence, risk }: Requesting['body'],
  digest: string,
  approval: string | undefined,
): void {
  const { confidenceBelow, riskAbove } = draft.facts.policy.escalation
  const said = { about: digest, approval, action, digest, summary, confidence, risk }
  if (confidence !== undefined && confidence < confidenceBelow) openSystemTicket(draft, 'uncertainty', said)
  if (risk !== undefined && risk > riskAbove) openSystemTicket(draft, 'high_risk', said)
}

/** What a verdict leaves on the item. */
export const ruledBy = ({ class: kind, level, role, factor, rules, policyVersion, ...verdict }: Verdict) => ({
  class: kind,
  level,
  role,
  factor,
  needs: { approvals: verdict.approvals, denials: verdict.denials },
  demanded: undefined,
  separated: verdict.separationOfDuties,
  rules,
  policyVersion,
})

/** AP14. What is begun has a cap of its own: a client that never reports would otherwise grow without bound. */
function overCap({ doc, facts }: Draft): ReturnType<typeof refused> | undefined {
  const { caps } = facts.policy
  if (openItems(doc) >= caps.openItems)
    return refused(
      'rate_limited',
      `${counted(caps.openItems, 'item is', 'items are')} open; wait until some are settled.`,
    )
  if (doc.approvals.filter((item) => item.begun).length >= caps.unreported)
    return refused(
      'rate_limited',
      `${counted(caps.unreported, 'action was', 'actions were')} begun and not reported; report them, or complete the run, and ask again.`,
    )
  return undefined
}

/** AP14: of what waits for people, and of nothing else. */
function overShare(draft: Draft): Decision<AgentDocument> | undefined {
  const full = overQuota(draft)
  return full && draft.refuse(full)
}

/** PO1: decided anew on resume; until then nobody can decide it, and it does not run out. */
function hold(draft: Draft, item: Approval): Decision<AgentDocument> {
  const held = changed(item, { held: true })
  if (held.blocking) draft.move('item.opened')
  putApproval(draft, held, { type: 'approval.held', by: draft.doc.id })
  return draft.done(answer(draft, held, 'wait'), { holder: held.id })
}

/** PO5: the request is the claim; released and begun in one commit (AP9). */
function go(
  draft: Draft,
  item: Approval,
  run: { readonly epoch: `${number}.${number}`; readonly instance: string },
): Decision<AgentDocument> {
  const { at } = draft.facts
  const begun = changed(item, {
    status: 'auto_approved',
    blocking: false,
    decided: { at, by: 'policy' },
    begun: { at, by: draft.doc.id, epoch: run.epoch, instance: run.instance },
  })
  putApproval(draft, begun, { type: 'approval.auto_approved', by: draft.doc.id })
  return draft.done(answer(draft, begun, 'go'), { holder: begun.id })
}

/** AP13: a person has released it in advance; like any release that nobody need wait for, the request is the claim. */
function goByGrant(
  draft: Draft,
  item: Approval,
  run: { readonly epoch: `${number}.${number}`; readonly instance: string },
  { id, signature }: StandingGrant,
): Decision<AgentDocument> {
  const { at } = draft.facts
  const begun = changed(item, {
    status: 'approved',
    blocking: false,
    standing: id,
    signatures: [signature],
    decided: { at, by: signature.person },
    begun: { at, by: draft.doc.id, epoch: run.epoch, instance: run.instance },
  })
  const grant = draft.doc.standing?.find((one) => one.id === id)
  if (grant) useStanding(draft, grant, item.id)
  putApproval(draft, begun, { type: 'approval.approved', by: signature.person })
  return draft.done(answer(draft, begun, 'go'), { holder: begun.id })
}

function ask(draft: Draft, item: Approval, { timeoutMs }: Verdict): Decision<AgentDocument> {
  const expiresAt = draft.facts.at + timeoutMs
  const pending = changed(item, { expiresAt })
  if (pending.blocking) draft.move('item.opened')
  putApproval(draft, pending, { type: 'approval.requested', by: draft.doc.id })
  draft.setDeadline(`expire:${pending.id}`, expiresAt)
  pageAboutApproval(draft, pending)
  const asked = draft.doc.approvals.find(({ id }) => id === pending.id) ?? pending
  return draft.done(answer(draft, asked, 'wait'), { holder: asked.id })
}

/** PO2: people hear of it. */
function forbid(draft: Draft, item: Approval, verdict: Verdict): Decision<AgentDocument> {
  const { action, digest, rules } = item
  const reason = forbiddenReason(draft, action, verdict)
  openSystemTicket(draft, 'policy_violation', { about: action, digest, rules, note: reason })
  return turnedDown(draft, item, 'not_permitted', reason)
}

/** An answer for the model, with a reason; no item opens. What it was judged by is on record, to be judged by others (PO6). */
function turnedDown(
  draft: Draft,
  { id, action, digest, level, rules, policyVersion, shadow, trust, autonomy, risk, confidence }: Approval,
  code: 'not_permitted' | 'denied_before',
  reason: string,
): Decision<AgentDocument> {
  draft.log('action.refused', 'policy', {
    id,
    action,
    digest,
    rules,
    policyVersion,
    level,
    trust,
    autonomy,
    ...(risk !== undefined && { risk }),
    ...(confidence !== undefined && { confidence }),
    ...(shadow && { shadow }),
    code,
    reason,
  })
  const value: Omit<RequestAnswer, 'action'> & { action: Omit<RequestAnswer['action'], 'canonical'> } = {
    verdict: 'refused',
    action: { id, digest },
    level,
    rules,
    policyVersion,
    code,
    reason,
  }
  return draft.done(value)
}

/** In the words of the policy, where it has some. */
export function forbiddenReason(draft: Draft, action: string, verdict: Verdict): string {
  if (verdict.reason !== undefined) return verdict.reason
  if (verdict.misfit) return misfitText(action, verdict.misfit)
  const rule = verdict.rules.find((one) => one.startsWith('rule:'))
  return rule === undefined
    ? `Policy does not permit ${action} to an agent whose autonomy is ${levelIn(draft)}.`
    : `Policy does not permit this ${action} (${rule}).`
}

/** PO: the arguments do not fit the schema that the catalogue has for them. */
export const doesNotFit = (action: string, misfit: Misfit): ReturnType<typeof refused> =>
  refused('invalid', misfitText(action, misfit), { path: ['', 'args', ...misfit.path].join('/') })

const misfitText = (action: string, { path, message }: Misfit): string =>
  `The arguments of ${action} do not fit: ${path.length > 0 ? `"${path.join('.')}"` : 'they'} ${message}.`

function answer(draft: Draft, item: Approval, verdict: 'go' | 'wait') {
  return {
    verdict,
    // what was asked for: what a person edited comes with the release
    action: { id: item.id, digest: item.askedDigest ?? item.digest },
    level: item.level,
    rules: item.rules,
    policyVersion: item.policyVersion,
    approval: approvalView(draft.doc, item),
  }
}
