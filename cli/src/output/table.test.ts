import { expect, it } from 'vitest'
import { cut, fitWidths } from './fit-widths.ts'
import { table } from './table.ts'
import { width } from './width.ts'

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

it('gives way in the least important columns first, and leaves out what would say nothing', () => {
  expect(fitWidths([10, 20, 30], 64, [2, 1])).toEqual([10, 20, 30])
  expect(fitWidths([10, 20, 30], 50, [2, 1])).toEqual([10, 20, 16])
  expect(fitWidths([10, 20, 30], 36, [2, 1])).toEqual([10, 20, 0])
  expect(fitWidths([10, 20, 30], 24, [2, 1])).toEqual([10, 12, 0])
  expect(fitWidths([10, 20, 30], 5, [2, 1])).toEqual([10, 0, 0])
  expect(cut('東京tower', 6)).toBe('東京t…')
  const rows = [['payer', 'stopped, locked', 'reading the whole archive']]
  expect(table(['AGENT', 'STATE', 'STEP'], rows, { within: 40, shorten: [2] })).toBe(
    'AGENT  STATE            STEP\npayer  stopped, locked  reading the who…',
  )
  expect(table(['AGENT', 'STATE', 'STEP'], rows, { within: 26, shorten: [2] })).toBe(
    'AGENT  STATE\npayer  stopped, locked',
  )
})

it('cuts what piles up without end in as much time as it has letters, and keeps little of it', () => {
  const began = performance.now()
  for (const piled of ['\u{1F3FB}', '\u0301', '👍🏽']) {
    const shown = cut(`a${piled.repeat(16_000)}b`, 60)
    expect(shown.endsWith('…')).toBe(true)
    expect(shown.length).toBeLessThan(1_000)
    expect(width(shown)).toBeLessThanOrEqual(60)
  }
  expect(cut('a👍🏽👍🏽👍🏽', 6)).toBe('a👍🏽👍🏽…')
  // letter by letter measured anew it takes minutes
  expect(performance.now() - began).toBeLessThan(10_000)
})
