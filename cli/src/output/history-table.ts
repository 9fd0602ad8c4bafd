import { GAP } from './fit-widths.ts'
import { table } from './table.ts'
import { width } from './width.ts'
import { foldWords } from './wrap.ts'

export interface HistoryRow {
  readonly time: string
  readonly what: string
  readonly id: string
  readonly agent: string
  readonly by: string
  readonly details: string
}

/** Beside the other columns, details in fewer columns than this are hard to read. */
const LEAST_BESIDE = 24
const INDENT = ' '.repeat(4)

/**
 * Details are folded, never cut: they say why. In their column where that is wide enough, else below their row, with who did it.
 * `within`: undefined where nobody's terminal has to hold it.
 */
export function historyTable(rows: readonly HistoryRow[], within: number | undefined): string {
  if (within === undefined)
    return table(
      ['TIME', 'WHAT', 'ID', 'AGENT', 'BY', 'DETAILS'],
      rows.map((row) => [row.time, row.what, row.id, row.agent, row.by, row.details]),
    )
  const [headings = '', ...lines] = table(
    ['TIME', 'WHAT', 'ID', 'AGENT', 'BY'],
    rows.map((row) => [row.time, row.what, row.id, row.agent, row.by]),
  ).split('\n')
  const start = Math.max(...[headings, ...lines].map(width)) + GAP
  if (within - start < LEAST_BESIDE) return detailsBelow(rows, within)
  const beside = (line: string, details: string) =>
    foldWords(details, within - start).map((part, at) => {
      const before = at === 0 ? line : ''
      return `${before}${' '.repeat(start - width(before))}${part}`.trimEnd()
    })
  return [
    ...beside(headings, 'DETAILS'),
    ...lines.flatMap((line, at) => beside(line, rows[at]?.details ?? '')),
  ].join('\n')
}

function detailsBelow(rows: readonly HistoryRow[], within: number): string {
  const short = (withAgent: boolean) =>
    table(
      ['TIME', 'WHAT', 'ID', ...(withAgent ? ['AGENT'] : [])],
      rows.map((row) => [row.time, row.what, row.id, ...(withAgent ? [row.agent] : [])]),
    ).split('\n')
  const agentFits = Math.max(...short(true).map(width)) <= within
  const below = ({ agent, by, details }: HistoryRow) => {
    const text = [agentFits ? '' : agent, by && `by ${by}`, details].filter(Boolean).join(' · ')
    return text === '' ? [] : foldWords(text, within - INDENT.length).map((part) => INDENT + part)
  }
  const [headings = '', ...lines] = short(agentFits)
  return [headings, ...lines.flatMap((line, at) => [line, ...rows.slice(at, at + 1).flatMap(below)])].join(
    '\n',
  )
}
