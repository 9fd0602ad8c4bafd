import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suspect } from './lookalikes.ts'
import { piecesOf } from './pieces.ts'

const labels = (text: string) => piecesOf(text).flatMap(({ mark }) => (mark ? [mark.label] : []))

describe('what an agent wrote, as it is drawn', () => {
  it.each([
    ['a right-to-left override', 'gpj.\u202Eexe', ['U+202E']],
    ['an invisible tag', 'a\u{E0041}', ['U+E0041']],
    ['a zero-width space', 'pay\u200Bpal', ['U+200B']],
    ['an escape', '\u001b[31m', ['U+001B']],
    ['a Cyrillic letter in a Latin word', 'p\u0430ypal', ['U+0430']],
    ['a word wholly of twins', '\u0440\u0430\u0443', ['U+0440', 'U+0430', 'U+0443']],
    ['a mathematical letter', '\u{1D5EE}dmin', ['U+1D5EE']],
    ['a slash that is none', 'a.example\u2044b', ['U+2044']],
    ['runs of spaces', 'a   b', ['···']],
    ['marks upon marks', 'a\u0300\u0301\u0302', ['U+0302']],
    ['a line break', 'a\nb', ['↵']],
  ])('[AP9] names %s', (_, text, expected) => {
    expect(labels(text)).toEqual(expected)
  })

  it.each(['Grüße an 東京 · “quoted” 🙂 {"a": 1}', 'Привет, мир', 'naïve café', 'カタカナとABC'])(
    'leaves honest text alone: %s',
    (text) => {
      expect(labels(text)).toEqual([])
      expect(suspect(text).mixed).toEqual([])
    },
  )

  it('[AP10] loses no character of any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) =>
          piecesOf(text)
            .map((piece) => piece.text)
            .join('') === text,
      ),
    )
  })
})
