import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { foldWords, wrapLines } from './wrap.ts'

it('[AP10] breaks long lines and leaves nothing out', () => {
  const lines = ['a'.repeat(25), '', '東京東京東京']
  const wrapped = wrapLines(lines, 10)
  expect(wrapped).toEqual(['aaaaaaaaaa', 'aaaaaaaaaa', 'aaaaa', '', '東京東京東', '京'])
  expect(wrapped.join('')).toBe(lines.join(''))
})

it('[AP10] breaks before what a terminal draws in two columns, whatever it is, and keeps together what is drawn as one', () => {
  for (const letter of ['✅', '⚡', '🇩🇪', '1⃣', '𛀀', 'का', 'กำ', '👩‍🚀', 'e\u0301', '가', 'ᄀ', '가'])
    for (const columns of [5, 6]) {
      const wrapped = wrapLines([letter.repeat(20)], columns)
      expect(wrapped.join('')).toBe(letter.repeat(20))
      expect(Math.max(...wrapped.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns)
      expect(wrapped.length).toBeGreaterThan(2)
    }
})

it('folds between words, and breaks only what is longer than a line', () => {
  expect(foldWords('to be or not to be', 8)).toEqual(['to be or', 'not to', 'be'])
  expect(foldWords('see https://example.org/x now', 10)).toEqual(['see', 'https://ex', 'ample.org/', 'x now'])
  expect(foldWords('東京 東京', 4)).toEqual(['東京', '東京'])
  expect(foldWords('', 10)).toEqual([''])
})
