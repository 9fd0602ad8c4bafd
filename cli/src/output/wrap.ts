import { width } from './width.ts'

/** The lines broken to at most `columns`, nothing left out. */
export function wrapLines(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line) => wrapLine(line, Math.max(2, columns)))
}

function wrapLine(line: string, columns: number): readonly string[] {
  const wrapped: string[] = []
  let part = ''
  let used = 0
  for (const character of line) {
    const wide = width(character)
    if (used + wide > columns) {
      wrapped.push(part)
      part = ''
      used = 0
    }
    part += character
    used += wide
  }
  return [...wrapped, part]
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
