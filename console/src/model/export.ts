import type { EventView } from '@holdpoint/shared'
import { eventWords } from './event-words.ts'

const COLUMNS = ['seq', 'at', 'type', 'agent', 'by', 'words', 'data'] as const

/** One fact a line, as the log has it. */
export const toJsonLine = (event: EventView): string => `${JSON.stringify(event)}\n`

export const csvHead = `${COLUMNS.join(',')}\r\n`

/** RFC 4180. What a spreadsheet would take for a formula is marked as text: an agent wrote it. */
export function toCsvLine(event: EventView): string {
  const { seq, at, type, agent = '', by = '', data } = event
  return `${[String(seq), at, type, agent, by, eventWords(event), JSON.stringify(data)].map(cell).join(',')}\r\n`
}

/** What spreadsheets begin to compute at: also after white space, and in full width, as some of them read it. */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
