import { expect, it } from 'vitest'
import { toCsvLine, toJsonLine } from './export.ts'

const event = {
  seq: 7,
  at: '2026-01-31T12:00:00.000Z',
  type: 'instruction.queued',
  by: 'ana',
  data: { reason: '=1+1,"x"' },
  hash: 'c0ffee',
}

it('a cell with commas and quotes is quoted, and what a spreadsheet would run is marked as text', () => {
  expect(toCsvLine(event)).toBe(
    `7,2026-01-31T12:00:00.000Z,instruction.queued,,ana,"'=1+1,""x""",,"{""reason"":""=1+1,\\""x\\""""}",c0ffee\r\n`,
  )
})

it.each(['=1', '+1', '-1', '@a', '\t=1', '\n=1', '  =1', '\uFF1D1', '\uFF0B1'])(
  '%j is no formula',
  (reason) => {
    expect(toCsvLine({ ...event, data: { reason } })).toContain(
      `,ana,${/\n/.test(reason) ? '"' : ''}'${reason}`,
    )
  },
)

it('names the digest of the bytes, where the fact is about an action', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  for (const data of [{ approval: { digest } }, { digest }])
    expect(toCsvLine({ ...event, data })).toContain(`,${digest},`)
})

it('a JSON line is the fact', () => {
  expect(JSON.parse(toJsonLine(event))).toEqual(event)
})
