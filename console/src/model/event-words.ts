import type {
  ApprovalView,
  EventView,
  InstructionView,
  OrderView,
  StandingGrantView,
  TicketView,
} from '@holdpoint/shared'
import { shortId } from './time.ts'
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
      approval.override ??
        approval.response ??
        approval.reason ??
        approval.error ??
        (type === 'approval.approved' ? approval.note : undefined),
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

/** The card of what a fact is about, where it has one. */
export function eventItem({
  data,
}: Pick<EventView, 'data'>): { page: 'queue' | 'tickets'; id: string; words: string } | undefined {
  const { approval, ticket } = data as { approval?: ApprovalView; ticket?: TicketView }
  if (approval) return { page: 'queue', id: approval.id, words: `approval ${shortId(approval.id)}` }
  if (ticket) return { page: 'tickets', id: ticket.id, words: `ticket ${shortId(ticket.id)}` }
  return undefined
}

const BAD =
  /\.(denied|objected|expired|stopped|failed|failing|lapsed|revoked|refused|doubted|disabled|locked|unreachable|unanswered|history_lost)$/
const GOOD = /\.(approved|auto_approved|resolved|resumed|reinstated|recovered|enabled)$/
const ON_THE_WAY = /\.(delivered|seen|acknowledged|enforced|paged|blocking|identified)$/

/** How a fact is drawn, so that decisions are found among the many that only tell how far something got. */
export const eventTone = ({ type }: Pick<EventView, 'type'>): 'good' | 'bad' | 'on-the-way' | '' =>
  BAD.test(type) ? 'bad' : GOOD.test(type) ? 'good' : ON_THE_WAY.test(type) ? 'on-the-way' : ''

/** What was done, and in quotes the words of whoever did it. */
const joined = (what: string, words: string | undefined): string =>
  [what, words ? `“${words}”` : ''].filter(Boolean).join(' · ')
