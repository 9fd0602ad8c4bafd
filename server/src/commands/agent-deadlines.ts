import type { AgentDocument } from '../domain/agent-document.ts'
import type { SystemCommand } from '../domain/commands.ts'

/** The command that a deadline of an agent's document returns as, by its name. Undefined: no name of ours. */
export function commandOfDeadline(name: string): SystemCommand | undefined {
  const [kind, id = ''] = split(name)
  switch (kind) {
    case 'expire':
      return { type: 'approval.expire', id }
    case 'lapse':
      return { type: 'approval.lapse', id }
    case 'ticket':
      return { type: 'ticket.expire', id }
    case 'page':
      return { type: 'page.advance', id }
    case 'halt':
      return { type: 'control.enforce' }
    default:
      return undefined
  }
}

/** When the document still wants that deadline, ms; undefined when what it was for is over. */
export function agentDueAt(doc: AgentDocument, name: string): number | undefined {
  const [kind, id] = split(name)
  switch (kind) {
    case 'expire': {
      const item = doc.approvals.find((one) => one.id === id)
      return item?.status === 'pending' && !item.held ? item.expiresAt : undefined
    }
    case 'lapse': {
      const item = doc.approvals.find((one) => one.id === id)
      return item && !item.begun ? item.useBy : undefined
    }
    case 'ticket':
      return doc.tickets.find((one) => one.id === id)?.expiresAt
    case 'page': {
      const item =
        doc.tickets.find((one) => one.id === id) ??
        doc.approvals.find((one) => one.id === id && one.status === 'pending')
      return item?.page?.nextAt
    }
    case 'send':
      return doc.outbox?.find((one) => one.id === id)?.dueAt
    case 'halt':
      return doc.control && !doc.control.acknowledged && !doc.control.enforced
        ? doc.control.enforcedBy
        : undefined
    default:
      return undefined
  }
}

function split(name: string): [string, string?] {
  const colon = name.indexOf(':')
  return colon < 0 ? [name] : [name.slice(0, colon), name.slice(colon + 1)]
}
