import { refused } from '@holdpoint/shared'
import { type AgentDocument, newAgent } from './agent-document.ts'
import { ruleTrust } from './autonomy.ts'
import { begin, reclaim, report } from './begins.ts'
import type { AgentCommand, Facts } from './commands.ts'
import { acknowledgeControl, enforceIfDue, intervene, noteDelivered } from './control.ts'
import { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { beneathRole } from './guards.ts'
import { answerInstruction, inject } from './instructions.ts'
import { grant, revoke } from './overrides.ts'
import { advanceIfDue } from './paging.ts'
import { approve, cancel, deny, expireIfDue, lapseIfDue, note, respond } from './releases.ts'
import { requestAction } from './requests.ts'
import { complete, keep, refreshIdentity, release, start } from './runs.ts'
import { settleSent } from './sent.ts'
import { voidSignatures } from './signatures.ts'
import { issueStanding, revokeStanding } from './standing-grants.ts'
import { applyOrders } from './standing-orders.ts'
import { acknowledge, askQuestion, assign, expireTicketIfDue, raiseEscalation, resolve } from './tickets.ts'
import { settleDoubt } from './unsettled.ts'

/** Decides one command on one agent. Pure: everything that is not in the document comes with `facts`. */
export function decideAgent(
  key: { readonly tenant: string; readonly id: string },
  stored: AgentDocument | undefined,
  command: AgentCommand,
  facts: Facts,
): Decision<AgentDocument> {
  if (!stored && command.type !== 'run.start')
    return { answer: refused('not_found', `There is no agent "${key.id}".`) }
  const draft = new Draft(stored ?? firstSeen(key, command, facts), facts)
  const barred = beneathRole(command)
  if (barred) return draft.refuse(barred)
  if (stored)
    applyOrders(draft, { record: command.type === 'orders.apply', stops: command.type === 'agent.stop' })
  return decide(draft, command)
}

/** Who never ran has nothing yet to be held; its start looks at the orders (AG7). */
function firstSeen(key: { tenant: string; id: string }, command: AgentCommand, facts: Facts): AgentDocument {
  const identity = command.type === 'run.start' ? command.identity : { labels: {} }
  return { ...newAgent(key.tenant, key.id, identity, facts.policy), ordersVersion: facts.ordersVersion }
}

function decide(draft: Draft, command: AgentCommand): Decision<AgentDocument> {
  switch (command.type) {
    case 'run.start':
      return start(draft, command)
    case 'run.complete':
      return complete(draft, command)
    case 'lease.release':
      return release(draft, command)
    case 'run.keep':
      return keep(draft, command)
    case 'action.request':
      return requestAction(draft, command)
    case 'action.begin':
      return begin(draft, command)
    case 'action.reclaim':
      return reclaim(draft, command.id)
    case 'action.report':
      return report(draft, command)
    case 'approval.cancel':
      return cancel(draft, command)
    case 'approval.approve':
      return approve(draft, command)
    case 'approval.deny':
      return deny(draft, command)
    case 'approval.respond':
      return respond(draft, command)
    case 'approval.expire':
      return expireIfDue(draft, command.id)
    case 'approval.lapse':
      return lapseIfDue(draft, command.id)
    case 'approvals.noted':
      return note(draft, command)
    case 'standing.issue':
      return issueStanding(draft, command)
    case 'standing.revoke':
      return revokeStanding(draft, command)
    case 'signatures.void':
      return voidSignatures(draft, command)
    case 'override.revoke':
      return revoke(draft, command)
    case 'override.grant':
      return grant(draft, command)
    case 'trust.pin':
    case 'trust.cap':
    case 'trust.reset':
    case 'trust.confirm':
      return ruleTrust(draft, command)
    case 'question.ask':
      return askQuestion(draft, command)
    case 'escalation.raise':
      return raiseEscalation(draft, command)
    case 'ticket.acknowledge':
      return acknowledge(draft, command)
    case 'ticket.assign':
      return assign(draft, command)
    case 'ticket.resolve':
      return resolve(draft, command, (ticket) => settleDoubt(draft, ticket, command.by.id))
    case 'ticket.expire':
      return expireTicketIfDue(draft, command.id)
    case 'agent.inject':
      return inject(draft, command)
    case 'instruction.ack':
      return answerInstruction(draft, command)
    case 'agent.pause':
    case 'agent.resume':
    case 'agent.stop':
    case 'agent.reinstate':
      return intervene(draft, command)
    case 'control.ack':
      return acknowledgeControl(draft, command)
    case 'control.delivered':
      return noteDelivered(draft, command.seq)
    case 'control.enforce':
      return enforceIfDue(draft)
    case 'page.advance':
      return advanceIfDue(draft, command.id)
    case 'outbox.settle':
      return settleSent(draft, command)
    case 'identity.refresh':
      return refreshIdentity(draft, command)
    case 'orders.apply':
      return draft.unchanged({ state: draft.doc.machine.state })
  }
}
