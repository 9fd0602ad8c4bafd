import type { Inquiry } from '@holdpoint/shared'
import type { AgentDocument, Approval } from './agent-document.ts'
import type { Facts } from './commands.ts'

type Asked = Pick<Inquiry, 'action' | 'risk' | 'confidence'>

/** What policy is asked about this agent's action, but for the arguments. */
export function inquiryOf(doc: AgentDocument, { action, risk, confidence }: Asked, { at }: Facts): Inquiry {
  const { id, identity, autonomy } = doc
  return {
    action,
    risk,
    confidence,
    agent: { id, owner: identity.owner, labels: identity.labels },
    autonomy: autonomy.level,
    trust: autonomy.trust,
    at,
  }
}

/** The same of an action that was asked for before: its release must satisfy today's policy too (PO6, AP9). */
export const inquiryAbout = (doc: AgentDocument, item: Approval, facts: Facts): Inquiry =>
  inquiryOf(doc, item, facts)
