import type { FormSchema, TicketView } from '@holdpoint/shared'
import { jsonLines } from './details.ts'
import { visible } from './visible.ts'

/** A form's fields with their types: `announce: boolean, words?: string`, those that may be left out with a `?`. */
export const formFields = ({ properties, required = [] }: FormSchema): readonly string[] =>
  Object.entries(properties).map(
    ([name, { type }]) => `${name}${required.includes(name) ? '' : '?'}: ${type}`,
  )

/** A question in the agent's words, with what may be answered. */
export function questionText({ question, choices, schema }: TicketView): string {
  const form = choices ?? (schema ? formFields(schema) : [])
  const asked = `“${visible(question ?? '')}”`
  return form.length === 0 ? asked : `${asked} (${form.map(visible).join(' | ')})`
}

/** How far telling people of it got. */
export function pageText({ page }: TicketView): string {
  if (!page) return '-'
  if (page.status === 'unreachable') return 'nobody could be reached'
  if (page.status === 'exhausted') return 'nobody acknowledged'
  if (page.status !== 'paging') return page.status
  const told = page.told.map((to) => visible(Object.values(to).join(' ')))
  return `${told.join(', ')} (step ${page.step}, round ${page.round})`
}

/** Everything about a ticket or a question, line by line. What the agent wrote is labelled as its words. */
export function ticketLines(ticket: TicketView): readonly string[] {
  const { context, schema, confidence, risk, repeats, assignee, resolution, answer, action } = ticket
  return [
    `Ticket     ${ticket.id}`,
    `Status     ${ticket.status}, priority ${ticket.priority}, reason ${visible(ticket.reason)}${
      repeats === undefined ? '' : ` and ${repeats} more like it`
    }`,
    `Agent      ${visible(ticket.agent)}`,
    ...(ticket.openedBy === 'server' ? ['Opened     by the server'] : []),
    ...aboutLines(ticket),
    ...(assignee === undefined ? [] : [`Assignee   ${visible(assignee)}`]),
    ...(ticket.page ? [`Told       ${pageText(ticket)}`] : []),
    ...(ticket.closedAt
      ? [`Closed     ${ticket.closedAt}${ticket.closedBy ? ` by ${visible(ticket.closedBy)}` : ''}`]
      : [`Expires    ${ticket.expiresAt}`]),
    ...(resolution === undefined ? [] : [`Resolution ${visible(resolution)}`]),
    ...(ticket.question === undefined ? [] : [`It asks    ${questionText(ticket)}`]),
    ...(schema ? ['Form:', ...jsonLines(schema.properties)] : []),
    ...(answer === undefined ? [] : ['Answer:', ...jsonLines(answer)]),
    ...(action === undefined ? [] : [`Advice     ${visible(action.action)}`, ...jsonLines(action.args)]),
    ...(confidence === undefined ? [] : [`The agent's confidence: ${confidence}`]),
    ...(risk === undefined ? [] : [`The agent's risk score: ${risk}`]),
    ...(context === undefined ? [] : [accountTitle(ticket), ...jsonLines(JSON.parse(context))]),
  ]
}

/** The approvals that it is about, and what resolving it says of them (AP9). */
function aboutLines({ approval, approvals, reason, openedBy, closedAt }: TicketView): readonly string[] {
  if (approval === undefined) return []
  const isDoubt = reason === 'unknown_outcome' && openedBy === 'server' && closedAt === undefined
  const [first, ...others] = approvals ?? [approval]
  return [
    `About      approval ${first}`,
    ...others.map((id) => `           approval ${id}`),
    ...(isDoubt
      ? [
          others.length === 0
            ? '           It was begun, and nobody knows how it ended: resolve this once you have found out.'
            : `           These ${others.length + 1} were begun by one process that is gone, and nobody knows how they ended:`,
          ...(others.length === 0 ? [] : ['           resolve this once you have found out about each.']),
        ]
      : []),
  ]
}

/** What an older version stored does not say who opened it. */
function accountTitle({ openedBy }: TicketView): string {
  if (openedBy === 'agent') return `The agent's own account:`
  return openedBy === 'server'
    ? `The server's account; a summary, a confidence or a risk in it is what the agent said:`
    : 'The account of the agent or of the server, which an older version did not keep:'
}
