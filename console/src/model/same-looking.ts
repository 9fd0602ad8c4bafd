import { type Digest, digestMarks } from '@holdpoint/shared'
import type { Gist } from './gist.ts'

interface Line {
  readonly id: string
  readonly action: string
  readonly digest: Digest
  readonly gist: Gist
}

/** By id: what of its digest a line shows, so that no two read the same and would run something else. */
export function marksOf(lines: readonly Line[]): ReadonlyMap<string, string> {
  const marks = digestMarks(lines.map((line) => ({ reads: asRead(line), digest: line.digest })))
  return new Map(
    lines.flatMap(({ id }, at) => {
      const mark = marks[at]
      return mark === undefined ? [] : [[id, mark]]
    }),
  )
}

function asRead({ action, gist: { tellings, amount, more } }: Line): string {
  // of a long path nobody sees the beginning
  const drawn = [...tellings, ...(amount ? [amount] : [])].map(({ where, value }) => [where, value])
  return JSON.stringify([action, drawn, more])
}
