import type { ApprovalView, EventView, TicketView } from '@holdpoint/shared'
import { visible } from '../output/visible.ts'

/** How an approval ended and through whom, undefined while it waits. */
export function approvalOutcome(one: ApprovalView): string | undefined {
  const by = one.decidedBy ? ` by ${visible(one.decidedBy)}` : ''
  const because = one.response ?? one.reason
  const words = because === undefined ? '' : `: “${visible(because)}”`
  switch (one.status) {
    case 'pending':
      return undefined
    case 'denied':
      return `${one.response === undefined ? 'denied' : 'answered instead'}${by}${words}`
    case 'cancelled':
    case 'expired':
      // The system's words; only what the agent itself said of it is quoted.
      return `${one.status}${by}${because === undefined || one.decidedBy === one.agent ? words : `: ${visible(because)}`}`
    default:
      return `${one.status.replace('_', '-')}${by}${one.status === 'approved' ? '' : words}`
  }
}

/** How a ticket or question ended and through whom, undefined while it is open. */
export function ticketOutcome(one: TicketView): string | undefined {
  if (one.status === 'open' || one.status === 'acknowledged') return undefined
  const by = one.closedBy ? ` by ${visible(one.closedBy)}` : ''
  return `${one.kind === 'question' && one.status === 'resolved' ? 'answered' : one.status}${by}`
}

/** A tick is for what was released or answered; what merely ended has none. */
export const outcomeMark = (outcome: string): string =>
  /^(approved|auto-approved|answered|resolved)/.test(outcome) ? '✓' : '–'

/** What an event says about the end of an item. */
export function outcomeOf({ data }: EventView): readonly [id: string, outcome: string] | undefined {
  const { approval, ticket } = data as { approval?: ApprovalView; ticket?: TicketView }
  const ended = approval ? approvalOutcome(approval) : ticket ? ticketOutcome(ticket) : undefined
  const id = approval?.id ?? ticket?.id
  return ended === undefined || id === undefined ? undefined : [id, ended]
}
