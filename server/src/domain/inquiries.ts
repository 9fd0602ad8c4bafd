import { evaluate, type Inquiry, type Verdict } from '@holdpoint/shared'
import type { Approval } from './agent-document.ts'
import { budgetsOf } from './budgets.ts'
import type { Draft } from './draft.ts'

type Asked = Pick<Inquiry, 'action' | 'args' | 'risk' | 'confidence' | 'reserved'>

/** What policy makes of this agent's action as things stand now. */
export const verdictOn = (draft: Draft, asked: Asked): Verdict =>
  evaluate(draft.facts.policy, inquiryAbout(draft, asked))

/** The same of an action that was asked for before: its release must satisfy today's policy too (PO6, AP9). */
export const verdictOnItem = (draft: Draft, item: Approval): Verdict =>
  verdictOn(draft, { ...item, args: argsOf(draft, item) })

/** What is asked, as things stand now. */
export function inquiryAbout(
  { doc, facts }: Draft,
  { action, args, risk, confidence, reserved }: Asked,
): Inquiry {
  const { id, identity, autonomy } = doc
  return {
    action,
    args,
    risk,
    confidence,
    reserved,
    budgets: budgetsOf(doc, facts.policy, facts.at),
    agent: { id, owner: identity.owner, labels: identity.labels },
    autonomy: autonomy.level,
    trust: autonomy.trust,
    at: facts.at,
  }
}

/** Undefined where nobody brought the bytes: what looks at them then asks for a release. */
export function argsOf(draft: Draft, { digest }: Approval): unknown {
  const text = draft.text(digest)
  return text === undefined ? undefined : (JSON.parse(text) as { readonly args: unknown }).args
}
