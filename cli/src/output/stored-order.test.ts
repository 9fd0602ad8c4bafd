import { expect, it } from 'vitest'
import { inStoredOrder } from './stored-order.ts'

it.each([
  ['\u05D0 1 \u05D1 2', '\u05D0⟨R⟩ 1 \u05D1⟨R⟩ 2'],
  ['["\u05D0",5]', '["\u05D0⟨R⟩",5]'],
  ['\u0661 \u0662', '\u0661⟨R⟩ \u0662'],
  ['\u05D0\u05D1 \u05D2', '\u05D0\u05D1⟨R⟩ \u05D2'],
  ['\u{1E900} 7', '\u{1E900}⟨R⟩ 7'],
])('[AP10] what follows letters from right to left is held in its place: %j', (text, drawn) => {
  expect(inStoredOrder(text)).toBe(drawn)
})

it('leaves alone what no letter from right to left moves', () => {
  for (const text of ['', 'a 1 b 2', '5 \u05D0', '{"to":"\u05D0\u05D1","text":1}', 'Привет 1', '東京 2'])
    expect(inStoredOrder(text)).toBe(text)
})

it('[ID4] takes time by the length of the text', () => {
  const startedAt = performance.now()
  for (const text of ['\u05D0'.repeat(60_000), '\u05D0 '.repeat(30_000), `\u05D0${' '.repeat(60_000)}`])
    inStoredOrder(text)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
