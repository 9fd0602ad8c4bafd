import { cut, UNITS_A_COLUMN } from './fit-widths.ts'
import { width } from './width.ts'

/** So much of what is alike stands before what differs. Unit: columns. */
const LEAD = 12
/** Texts can be made to look alike anew wherever they begin; each round tells some of them apart, and costs as much again. */
const ROUNDS = 4

const letters = new Intl.Segmenter()

/**
 * Each text cut to so many columns. Those that would be the same then, though they are not, begin shortly before what tells them
 * apart, or with it where that does not do: of lines that look alike nobody knows which one they decide on.
 */
export function toldApart(all: readonly string[], columns: number): readonly string[] {
  const shown = new Map(all.map((one) => [one, cut(one, columns)]))
  for (let round = 0; round < ROUNDS; round += 1) {
    const alike = groupsAlike(shown)
    if (alike.length === 0) break
    const lead = round === 0 ? Math.min(LEAD, Math.floor(columns / 2)) : 0
    for (const [one, differsAt] of alike.flatMap(differences))
      shown.set(one, fromDifference(one, differsAt, { columns, lead }))
  }
  return all.map((one) => shown.get(one) ?? '')
}

function groupsAlike(shown: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>()
  for (const [one, line] of shown) {
    const group = groups.get(line)
    if (group) group.push(one)
    else groups.set(line, [one])
  }
  return [...groups.values()].filter(({ length }) => length > 1)
}

/** Where each differs from whichever other it is like for longest: in their order that is a neighbour. */
function differences(group: readonly string[]): readonly (readonly [string, number])[] {
  // by code units, as they are compared: in a language's order the neighbour may be another one
  const sorted = [...group].sort()
  const withNext = sorted.map((one, at) => commonStart(one, sorted[at + 1] ?? ''))
  return sorted.map((one, at) => [one, Math.max(withNext[at - 1] ?? 0, withNext[at] ?? 0)])
}

interface Room {
  readonly columns: number
  /** Unit: columns. Where it is 0, the line begins with the difference, even if the end leaves it empty. */
  readonly lead: number
}

function fromDifference(text: string, differsAt: number, { columns, lead }: Room): string {
  const segments = letters.segment(text)
  // a letter is not shown in halves
  const from = segments.containing(differsAt)?.index ?? text.length
  const most = columns * UNITS_A_COLUMN
  const rest = text.length - from > most ? columns : width(text.slice(from))
  let start = from
  let before = 0
  // looking up one letter takes the longer the longer the text is, so those before are looked up together
  const window = segments.containing(Math.max(0, from - most))?.index ?? 0
  const lettersBefore = lead === 0 ? [] : [...letters.segment(text.slice(window, from))]
  for (const { index, segment } of lettersBefore.reverse()) {
    const at = window + index
    before += segment.length > most ? columns : width(segment)
    const leads = before <= lead && from - at <= lead * UNITS_A_COLUMN
    const fillsUp = before + rest < columns && text.length - at <= most
    if (!leads && !fillsUp) break
    start = at
  }
  return start === 0 ? cut(text, columns) : cut(`…${text.slice(start)}`, columns)
}

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
