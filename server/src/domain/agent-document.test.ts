import { expect, it } from 'vitest'
import { type AgentDocument, type Approval, readAgentDocument } from './agent-document.ts'

/*
 * A version that reads these documents keeps no other field of theirs, and does not know what one would mean. Whoever adds one to either list
 * adds a step to the database's schema (`store/embedded/schema.ts`), which may be empty, and raises Redis's `LAYOUT`: an older server
 * then refuses to start, rather than forget what holds an agent.
 */
const document: Readonly<Record<keyof AgentDocument, true>> = {
  schema: true,
  id: true,
  tenant: true,
  identity: true,
  name: true,
  framework: true,
  machine: true,
  stopped: true,
  pausedByPerson: true,
  heldBy: true,
  ordersVersion: true,
  run: true,
  epoch: true,
  seq: true,
  acknowledged: true,
  control: true,
  approvals: true,
  tickets: true,
  instructions: true,
  autonomy: true,
  standing: true,
  denials: true,
  denialsInRow: true,
  budgets: true,
  habits: true,
  outbox: true,
  unsettled: true,
  unsettledMore: true,
}
const approval: Readonly<Record<keyof Approval, true>> = {
  id: true,
  run: true,
  epoch: true,
  action: true,
  class: true,
  digest: true,
  askedDigest: true,
  contextDigest: true,
  revision: true,
  status: true,
  held: true,
  blocking: true,
  level: true,
  role: true,
  factor: true,
  rules: true,
  policyVersion: true,
  shadow: true,
  summary: true,
  confidence: true,
  risk: true,
  trust: true,
  autonomy: true,
  expiresAt: true,
  useBy: true,
  reserved: true,
  needs: true,
  demanded: true,
  separated: true,
  signatures: true,
  objections: true,
  standing: true,
  reason: true,
  response: true,
  note: true,
  outcome: true,
  error: true,
  queued: true,
  delivered: true,
  seen: true,
  decided: true,
  begun: true,
  reported: true,
  lapsed: true,
  revoked: true,
  override: true,
  doubted: true,
  begunBefore: true,
  page: true,
}
/** As of the database's schema 4 and Redis's layout 3. */
const FIELDS = { document: 28, approval: 49 }

it('has the fields of its schema and layout: an older server would forget any other', () => {
  const count = { document: Object.keys(document).length, approval: Object.keys(approval).length }
  expect(count).toEqual(FIELDS)
})

it('is refused where its schema is newer: nothing is decided on a guess', () => {
  expect(() => readAgentDocument({ schema: 2 })).toThrow('needs a newer server')
})
