import type { TicketView } from '@holdpoint/shared'
import { cut } from './fit-widths.ts'
import { duration, shortId } from './format.ts'
import { table } from './table.ts'
import { pageText, questionText } from './ticket-details.ts'
import { visible } from './visible.ts'
import { width } from './width.ts'

const HEADINGS = ['ID', 'P', 'STATUS', 'LEFT', 'AGENT', 'REASON', 'PAGE', 'WHAT']
const [STATUS, AGENT, PAGE, WHAT] = [2, 4, 6, 7]
/** Below a ticket, what it asks. */
const INDENT = '    '

/**
 * Tickets with what each asks beside it, or below where the terminal is too narrow: without that nobody knows what to answer. `now`: ms,
 * by the server's clock.
 */
export function ticketsTable(
  tickets: readonly TicketView[],
  now: number,
  columns: number | undefined,
): string {
  const rows = tickets.map((one) => row(one, now))
  const beside = table(HEADINGS, rows, { within: columns, shorten: [PAGE] })
  if (columns === undefined || beside.split('\n').every((line) => width(line) <= columns)) return beside
  const [head = '', ...lines] = table(
    HEADINGS.slice(0, WHAT),
    rows.map((cells) => cells.slice(0, WHAT)),
    { within: columns, shorten: [PAGE, STATUS, AGENT] },
  ).split('\n')
  const below = rows.map((cells) => cut(cells[WHAT] ?? '', columns - INDENT.length))
  return [head, ...lines.flatMap((line, at) => [line, ...(below[at] ? [`${INDENT}${below[at]}`] : [])])].join(
    '\n',
  )
}

const row = (one: TicketView, now: number): readonly string[] => [
  shortId(one.id),
  String(one.priority),
  one.status,
  one.closedAt ? '-' : duration(Date.parse(one.expiresAt) - now),
  visible(one.agent),
  visible(one.reason) + (one.repeats === undefined ? '' : ` +${one.repeats}`),
  pageText(one),
  one.question === undefined ? visible(one.resolution ?? '') : questionText(one),
]
