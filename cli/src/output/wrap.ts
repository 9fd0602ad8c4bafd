import { width } from './width.ts'

/** The lines broken to at most `columns`, nothing left out. */
export function wrapLines(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line) => wrapLine(line, Math.max(2, columns)))
}

export const PLAIN = /^[ -~]*$/
const graphemes = new Intl.Segmenter()

function wrapLine(line: string, columns: number): readonly string[] {
  const wrapped: string[] = []
  let part = ''
  let used = 0
  for (const piece of PLAIN.test(line) ? line : unitsOf(line, columns)) {
    const wide = width(piece)
    if (used + wide > columns) {
      wrapped.push(part)
      part = ''
      used = 0
    }
    part += piece
    used += wide
  }
  return [...wrapped, part]
}

/** What is drawn as one stays together: its letters one by one may take other columns than it does. */
function* unitsOf(line: string, columns: number): Generator<string> {
  for (const { segment } of graphemes.segment(line))
    if (width(segment) <= columns) yield segment
    else yield* segment
}

/** The text folded between words into lines of at most `columns`; a longer word is broken, nothing is left out. */
export function foldWords(text: string, columns: number): readonly string[] {
  const folded: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (width(longer) <= columns) {
      line = longer
      continue
    }
    if (line !== '') folded.push(line)
    const parts = wrapLine(word, Math.max(2, columns))
    folded.push(...parts.slice(0, -1))
    line = parts.at(-1) ?? ''
  }
  return [...folded, line]
}
