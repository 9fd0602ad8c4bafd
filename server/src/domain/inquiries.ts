import {
  differenceOf,
  evaluate,
  type Inquiry,
  judgementOf,
  type Policy,
  type ShadowView,
  type Verdict,
} from '@holdpoint/shared'
import type { Approval } from './agent-document.ts'
import { budgetsOf } from './budgets.ts'
import type { Draft } from './draft.ts'
import { levelIn } from './family.ts'

type Asked = Pick<
  Inquiry,
  'action' | 'args' | 'risk' | 'confidence' | 'reserved' | 'inAdvance' | 'begunBefore'
>

/** What policy makes of this agent's action as things stand now. */
export const verdictOn = (draft: Draft, asked: Asked): Verdict =>
  evaluate(draft.facts.policy, inquiryAbout(draft, asked))

/** The same of an action that was asked for before: its release must satisfy today's policy too (PO6, AP9). */
export const verdictOnItem = (draft: Draft, item: Approval): Verdict => verdictOn(draft, askedBy(draft, item))

/** PO6: what the candidate in shadow makes of it beside the verdict that counts. Nothing but the record rests on it. */
export function shadowOn(draft: Draft, asked: Asked, decided: Verdict): ShadowView | undefined {
  const { shadow } = draft.facts
  if (!shadow) return undefined
  const candidate = evaluate(shadow, inquiryAbout(draft, asked, shadow))
  const judgement = judgementOf(candidate)
  return {
    ...judgement,
    policyVersion: candidate.policyVersion,
    rules: candidate.rules,
    difference: differenceOf(judgementOf(decided), judgement),
  }
}

/** The same of an action that was asked for before. */
export const shadowOnItem = (draft: Draft, item: Approval, decided: Verdict): ShadowView | undefined =>
  shadowOn(draft, askedBy(draft, item), decided)

function askedBy(draft: Draft, item: Approval): Asked {
  const { action, risk, confidence, reserved } = item
  const begunBefore = item.begunBefore ? true : undefined
  return { action, args: argsOf(draft, item), risk, confidence, reserved, inAdvance: undefined, begunBefore }
}

/** What is asked, as things stand now. `policy`: whose limits the budgets are told by. */
export function inquiryAbout(
  draft: Draft,
  { action, args, risk, confidence, reserved, inAdvance, begunBefore }: Asked,
  policy: Policy = draft.facts.policy,
): Inquiry {
  const { doc, facts } = draft
  const { id, identity } = doc
  const autonomy = levelIn(draft, policy)
  return {
    action,
    args,
    inAdvance,
    risk,
    confidence,
    reserved,
    begunBefore,
    budgets: budgetsOf(doc, policy, facts.at, autonomy),
    agent: { id, owner: identity.owner, labels: identity.labels },
    autonomy,
    trust: doc.autonomy.trust,
    at: facts.at,
  }
}

/** Undefined where nobody brought the bytes: what looks at them then asks for a release. */
export function argsOf(draft: Draft, { digest }: Approval): unknown {
  const text = draft.text(digest)
  return text === undefined ? undefined : (JSON.parse(text) as { readonly args: unknown }).args
}
