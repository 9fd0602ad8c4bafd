import type { AgentDocument } from '../domain/agent-document.ts'
import type { AgentCommand } from '../domain/commands.ts'
import type { RecordKind, Store } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'

/** The record of what a command names, where its agent's document no longer holds it. */
export async function standingOf(
  store: Store,
  { tenant, id: agent }: AgentKey,
  doc: AgentDocument | undefined,
  command: AgentCommand,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const named = itemOf(command)
  if (!named || !doc || holds(doc, named.id)) return undefined
  const record = await store.record(tenant, named.kind, named.id)
  return record?.agent === agent ? (record.data as Readonly<Record<string, unknown>>) : undefined
}

/** Whether a document holds what the command names, if it names anything. */
export function holdsNamed(doc: AgentDocument | undefined, command: AgentCommand): boolean {
  const named = itemOf(command)
  return !named || (doc !== undefined && holds(doc, named.id))
}

function itemOf(command: AgentCommand): { readonly kind: RecordKind; readonly id: string } | undefined {
  switch (command.type) {
    case 'action.begin':
    case 'action.report':
    case 'approval.cancel':
    case 'approval.approve':
    case 'approval.deny':
    case 'approval.respond':
      return { kind: 'approval', id: command.body.id }
    case 'override.grant':
      return { kind: 'approval', id: command.body.id }
    case 'action.reclaim':
    case 'override.revoke':
      return { kind: 'approval', id: command.id }
    case 'instruction.ack':
      return { kind: 'instruction', id: command.body.id }
    case 'ticket.acknowledge':
    case 'ticket.assign':
      return { kind: 'ticket', id: command.id }
    case 'ticket.resolve':
      return { kind: 'ticket', id: command.body.id }
    default:
      return undefined
  }
}

const holds = ({ approvals, tickets, instructions }: AgentDocument, id: string): boolean =>
  approvals.some((one) => one.id === id) ||
  tickets.some((one) => one.id === id) ||
  instructions.some((one) => one.id === id)
