import { csvLine, type EventView } from '@holdpoint/shared'
import { eventWords } from './event-words.ts'

/** `digest` is of the action's bytes, `hash` finds the fact in a log that was checked (`holdpoint export`). */
const COLUMNS = ['seq', 'at', 'type', 'agent', 'by', 'words', 'digest', 'data', 'hash'] as const

/** One fact a line, as the log has it. */
export const toJsonLine = (event: EventView): string => `${JSON.stringify(event)}\n`

export const csvHead = csvLine(COLUMNS)

export function toCsvLine(event: EventView): string {
  const { seq, at, type, agent = '', by = '', data, hash = '' } = event
  return csvLine([
    String(seq),
    at,
    type,
    agent,
    by,
    eventWords(event),
    digestOf(data),
    JSON.stringify(data),
    hash,
  ])
}

function digestOf(data: EventView['data']): string {
  const { digest = data.digest } = (data.approval ?? {}) as { readonly digest?: unknown }
  return typeof digest === 'string' ? digest : ''
}
