import { expect, it } from 'vitest'
import { table, width } from './table.ts'

it('lines columns up by what a terminal shows', () => {
  expect(
    table(
      ['AGENT', 'STATE'],
      [
        ['東京', 'running'],
        ['\u001b[31mred\u001b[39m', 'paused'],
      ],
    ),
  ).toBe('AGENT  STATE\n東京   running\n\u001b[31mred\u001b[39m    paused')
})

it('counts wide letters twice and marks not at all', () => {
  expect(width('e\u0301')).toBe(1)
  expect(width('東')).toBe(2)
})
