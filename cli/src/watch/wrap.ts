import { width } from '../output/width.ts'

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
