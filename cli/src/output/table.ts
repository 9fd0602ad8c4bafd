import { stripVTControlCharacters } from 'node:util'

/** East Asian wide and fullwidth letters and pictographs take two columns of a terminal (UAX #11, roughly). */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/gu

/** How many columns the text takes. */
export function width(text: string): number {
  const plain = stripVTControlCharacters(text).replace(/\p{M}/gu, '')
  return [...plain].length + (plain.match(WIDE)?.length ?? 0)
}

/** Columns two spaces apart under their headings; the last one is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === line.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
