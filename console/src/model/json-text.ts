import { piecesOf } from '@holdpoint/shared'

const STRINGS = /"(?:[^"\\]|\\.)*"/g

/**
 * A value as indented JSON for an input, which draws no marks: what hides or pretends stands there as its escape
 * (RFC 8259, 7), which says the same and can be seen, and be edited.
 */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(STRINGS, (quoted) => {
    const pieces = piecesOf(JSON.parse(quoted) as string)
    return `"${pieces.map(({ text, mark }) => (mark?.kind === 'hidden' || mark?.kind === 'twin' ? escaped(text) : inner(text))).join('')}"`
  })

const inner = (text: string): string => JSON.stringify(text).slice(1, -1)

/** The short escapes of JSON where there are any, else each UTF-16 unit by its number. */
const escaped = (text: string): string => {
  const own = inner(text)
  if (own !== text) return own
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
