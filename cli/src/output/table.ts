import { cut, fitWidths, GAP } from './fit-widths.ts'
import { width } from './width.ts'

/** What a table may do where the terminal is narrow; as `fitWidths`. */
export interface Fitting {
  /** Undefined: as wide as it gets, as for a file. */
  readonly within: number | undefined
  readonly shorten: readonly number[]
}

/** Columns two spaces apart under their headings; the last one is not padded. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { within = Number.POSITIVE_INFINITY, shorten }: Fitting = { within: undefined, shorten: [] },
): string {
  const lines = [headings, ...rows]
  // not by the arguments of one call, of which there may not be as many as a listing has lines
  const natural = headings.map((_, column) =>
    lines.reduce((most, line) => Math.max(most, width(line[column] ?? '')), 0),
  )
  const widths = fitWidths(natural, within, shorten)
  const columns = [...widths.keys()].filter((column) => (widths[column] ?? 0) > 0)
  return lines
    .map((line) =>
      columns
        .map((column) => {
          const room = widths[column] ?? 0
          const cell = line[column] ?? ''
          const shown = room < (natural[column] ?? 0) ? cut(cell, room) : cell
          return column === columns.at(-1) ? shown : shown + ' '.repeat(Math.max(0, room - width(shown)))
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n')
}
