import { piecesOf } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonText } from './json-text.ts'

describe('JSON to be edited', () => {
  it.each([
    ['a right-to-left override', 'a\u202Eb', '"a\\u202eb"'],
    ['an invisible tag', '\u{E0041}', '"\\udb40\\udc41"'],
    ['a Cyrillic letter in a Latin word', 'p\u0430y', '"p\\u0430y"'],
    ['a tab', 'a\tb', '"a\\tb"'],
    ['honest text after a line break', 'a\nПривет "мир"', '"a\\nПривет \\"мир\\""'],
    ['a backslash before what hides', '\\\u200B', '"\\\\\\u200b"'],
  ])('[AP9] %s', (_, text, drawn) => expect(jsonText(text)).toBe(drawn))

  it('[AP9] [AP10] is the same value, and holds nothing that hides or pretends', () =>
    fc.assert(
      fc.property(
        fc
          .anything({
            values: [
              fc.string({ unit: 'grapheme' }),
              fc.string({ unit: 'binary' }),
              fc.integer(),
              fc.boolean(),
              fc.constant(null),
            ],
            key: fc.string({ unit: 'grapheme' }),
            maxDepth: 3,
          })
          .filter((value) => JSON.stringify(value) !== undefined),
        (value) => {
          const text = jsonText(value)
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
          for (const line of text.split('\n'))
            expect(piecesOf(line).some(({ mark }) => mark?.kind === 'hidden')).toBe(false)
        },
      ),
      { numRuns: 40 },
    ))
})
