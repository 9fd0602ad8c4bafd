import { type ApprovalView, type Digest, digestMarks } from '@holdpoint/shared'
import { cut } from './fit-widths.ts'
import { duration } from './format.ts'
import { table } from './table.ts'
import { toldApart } from './told-apart.ts'
import { visible } from './visible.ts'
import { width } from './width.ts'

/** A line of the list: its cells, and what would run and why, which are as long as an agent makes them. */
export interface ApprovalRow {
  readonly cells: readonly string[]
  /** The arguments on one line. */
  readonly args: string
  readonly action: string
  readonly digest: Digest
  /** The agent's own words, marked as such; empty where it gave none. */
  readonly words: string
}

export const approvalRow = (
  cells: readonly string[],
  { action, digest, summary }: ApprovalView,
  args: string,
): ApprovalRow => ({
  cells,
  args,
  action,
  digest,
  words: summary === undefined ? '' : `says “${visible(summary)}”`,
})

/** How long it still waits. `now`: ms, by the server's clock. */
export const leftText = ({ held, expiresAt }: ApprovalView, now: number): string =>
  held ? 'held' : expiresAt ? duration(Date.parse(expiresAt) - now) : '-'

/** So much of the arguments stands in a line; `show` has all of them. Unit: columns. */
const ROOM = 60
/** Below the action, where there is no room beside it. */
const INDENT = ' '.repeat(10)
/** The level gives way first. */
const SHORTEN = [2]

/** Approvals with their arguments beside them, or below where the terminal is too narrow: without them nothing says what would run. */
export function approvalsTable(
  headings: readonly string[],
  rows: readonly ApprovalRow[],
  columns: number | undefined,
): string {
  const short = argumentsIn(rows, ROOM)
  const beside = table(
    [...headings, 'ARGUMENTS', "THE AGENT'S WORDS"],
    rows.map(({ cells, words }, at) => [...cells, short[at] ?? '', words]),
  )
  if (columns === undefined || beside.split('\n').every((line) => width(line) <= columns)) return beside
  const [head = '', ...lines] = table(
    headings,
    rows.map(({ cells }) => cells),
    { within: columns, shorten: SHORTEN },
  ).split('\n')
  const room = columns - INDENT.length
  const alone = argumentsIn(rows, room)
  const withWords = room < ROOM ? alone : short
  const below = rows.map(
    ({ words }, at) => `${INDENT}${words === '' ? alone[at] : cut(`${withWords[at]}  ${words}`, room)}`,
  )
  return [head, ...lines.flatMap((line, at) => [line, ...below.slice(at, at + 1)])].join('\n')
}

/** What would run, in so much room; lines that would read the same begin with their digests, where they are about other bytes. */
function argumentsIn(rows: readonly ApprovalRow[], room: number): readonly string[] {
  const shown = toldApart(
    rows.map(({ args }) => args),
    room,
  )
  const marks = digestMarks(
    rows.map(({ action, digest }, at) => ({ reads: JSON.stringify([action, shown[at]]), digest })),
  )
  return shown.map((one, at) => (marks[at] === undefined ? one : cut(`#${marks[at]} ${one}`, room)))
}
