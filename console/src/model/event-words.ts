import type {
  ApprovalView,
  EventView,
  InstructionView,
  OrderView,
  StandingGrantView,
  TicketView,
} from '@holdpoint/shared'
import { causeWords } from './trust-cause.ts'

/** What a fact is about, in the words of those who acted; their texts are to be revealed before they are drawn. */
export function eventWords({ type, data }: EventView): string {
  const { approval, ticket, instruction, order, standing, trust, wanted, task, from, to, version, reason } =
    data as {
      approval?: ApprovalView
      ticket?: TicketView
      instruction?: InstructionView
      order?: OrderView
      standing?: StandingGrantView
      trust?: number
      wanted?: string
      task?: string
      from?: string
      to?: string
      version?: string
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
  if (standing) return joined(standing.action, reason ?? standing.reason)
  const what = type === 'autonomy.changed' ? `${from} → ${to}` : (wanted ?? version ?? '')
  return what === '' && reason !== undefined ? reason : joined(what, reason ?? task)
}

/** What was done, and in quotes the words of whoever did it. */
const joined = (what: string, words: string | undefined): string =>
  [what, words ? `“${words}”` : ''].filter(Boolean).join(' · ')
