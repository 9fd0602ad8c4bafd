import { expect, it } from 'vitest'
import { wrapLines } from './wrap.ts'

it('[AP10] breaks long lines and leaves nothing out', () => {
  const lines = ['a'.repeat(25), '', '東京東京東京']
  const wrapped = wrapLines(lines, 10)
  expect(wrapped).toEqual(['aaaaaaaaaa', 'aaaaaaaaaa', 'aaaaa', '', '東京東京東', '京'])
  expect(wrapped.join('')).toBe(lines.join(''))
})
