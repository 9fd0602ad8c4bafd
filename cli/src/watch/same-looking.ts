import { type Digest, digestMarks } from '@holdpoint/shared'
import { cut } from '../output/fit-widths.ts'

/** What a line says of one action, and how much of that stands on a terminal. */
interface Line {
  readonly id: string
  readonly digest: Digest
  /** The action and its arguments, on one line. */
  readonly what: string
  /** Less where the agent's name is longer. Unit: columns. */
  readonly room: number
}

interface Shown extends Pick<Line, 'id' | 'digest'> {
  /** What is in sight of it. */
  readonly start: string
  readonly isCut: boolean
}

/** By id: the beginning of its digest, of each line that could be taken for another one which would run something else. */
export function marksOf(lines: readonly Line[]): ReadonlyMap<string, string> {
  const shown = lines.map(shownOf)
  return new Map(
    shown.flatMap((one) => {
      const alike = [one, ...shown.filter((other) => isBeginning(one, other) || isBeginning(other, one))]
      const [mark] = digestMarks(alike.map(({ digest }) => ({ reads: '', digest })))
      return mark === undefined ? [] : [[one.id, mark] as const]
    }),
  )
}

function shownOf({ id, digest, what, room }: Line): Shown {
  const shown = cut(what, Math.max(0, room))
  const isCut = shown !== what
  return { id, digest, start: isCut ? shown.slice(0, -1) : shown, isCut }
}

/** Nobody sees whether a line that is cut goes on like a longer one. */
const isBeginning = (one: Shown, other: Shown): boolean =>
  one.isCut ? other.start.startsWith(one.start) : other.start === one.start
