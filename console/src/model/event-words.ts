import type { ApprovalView, EventView, InstructionView, OrderView, TicketView } from '@holdpoint/shared'
import { causeWords } from './trust-cause.ts'

/** What a fact is about, in the words of those who acted; their texts are to be revealed before they are drawn. */
export function eventWords({ type, data }: EventView): string {
  const { approval, ticket, instruction, order, trust, reason } = data as {
    approval?: ApprovalView
    ticket?: TicketView
    instruction?: InstructionView
    order?: OrderView
    trust?: number
    reason?: string
  }
  if (approval)
    return joined(
      approval.action,
      approval.override ?? approval.response ?? approval.reason ?? approval.error,
    )
  if (ticket) return joined(ticket.reason, ticket.resolution ?? ticket.question)
  if (instruction) return joined(instruction.text, instruction.note)
  if (order) return joined(order.effect, order.lifted?.reason ?? order.reason)
  if (type === 'trust.changed' && typeof trust === 'number')
    return `trust ${trust.toFixed(4)} · ${causeWords({ data })}`
  return typeof reason === 'string' ? reason : ''
}

const joined = (first: string, second: string | undefined): string =>
  second === undefined || second === '' ? first : `${first} · “${second}”`
