import { expect, it } from 'vitest'
import { toCsvLine, toJsonLine } from './export.ts'

const event = {
  seq: 7,
  at: '2026-01-31T12:00:00.000Z',
  type: 'instruction.queued',
  by: 'ana',
  data: { reason: '=1+1,"x"' },
}

it('a cell with commas and quotes is quoted, and what a spreadsheet would run is marked as text', () => {
  expect(toCsvLine(event)).toBe(
    `7,2026-01-31T12:00:00.000Z,instruction.queued,,ana,"'=1+1,""x""","{""reason"":""=1+1,\\""x\\""""}"\r\n`,
  )
})

it('a JSON line is the fact', () => {
  expect(JSON.parse(toJsonLine(event))).toEqual(event)
})
