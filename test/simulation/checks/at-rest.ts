/** Where everything stands once it has come to rest, or has not. */
import { agentFacts, eventView, readAgentDocument } from '@holdpoint/server/parts'
import type { AgentView, ApprovalView, EventView, TicketView } from '@holdpoint/shared'
import type { ReadBack } from '../../chaos/history.ts'
import type { Agent } from '../actors/agent.ts'
import type { Operator } from '../actors/operator.ts'
import { type Database, partitionOf } from '../store/database.ts'

/** For a message: what keeps it from coming to rest. */
export function whatIsLeft({
  tenant,
  agents,
  operators,
  database,
}: {
  readonly tenant: string
  readonly agents: readonly Agent[]
  readonly operators: readonly Operator[]
  readonly database: Database
}): string {
  return [
    ...agents.filter((agent) => !agent.isDone).map(({ name, left }) => `${name} is not done (${left})`),
    ...operators.filter((operator) => !operator.isCalm).map(({ principal }) => `${principal.id} is not calm`),
    `open is ${JSON.stringify(database.countOpen(tenant))}`,
    `overdue is ${JSON.stringify(database.overdue())}`,
    ...database
      .listDocuments({ tenant, kind: 'agent', limit: Number.POSITIVE_INFINITY })
      .map(({ doc }) => readAgentDocument(doc))
      .map(
        ({ id, machine, run, heldBy, approvals }) =>
          `${id} is ${machine.state}${run ? '' : ' without a run'}${heldBy.length > 0 ? ', held' : ''}, with ` +
          `[${approvals.map((one) => `${one.id.slice(4)} ${one.status} ${Object.keys(one).filter((k) => ['begun', 'reported', 'lapsed'].includes(k) && one[k as 'begun'])}`)}]`,
      ),
  ].join(', ')
}

/** Everything that the store holds in the end. */
export function readBack(database: Database, tenant: string): ReadBack {
  const now = database.now()
  const views = <T>(kind: 'approval' | 'ticket'): ReadonlyMap<string, T> =>
    new Map(
      database
        .records({ tenant, kind, limit: Number.POSITIVE_INFINITY })
        .map(({ id, data }) => [id, data as T]),
    )
  const documents = database.listDocuments({ tenant, kind: 'agent', limit: Number.POSITIVE_INFINITY })
  return {
    events: database.feed(partitionOf(tenant)).map((event): EventView => eventView(event, now)),
    approvals: views<ApprovalView>('approval'),
    tickets: views<TicketView>('ticket'),
    agents: new Map(
      documents.map(({ id, doc }) => [id, agentFacts(readAgentDocument(doc)) as unknown as AgentView]),
    ),
  }
}
