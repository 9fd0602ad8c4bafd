import type { EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { trendOf } from './trust-trend.ts'

const changed = (minute: number, trust: number): EventView => ({
  seq: minute,
  at: `2026-01-01T10:0${minute}:00.000Z`,
  type: 'trust.changed',
  data: { trust },
})

it('[AU] says how far trust moved, over how many changes, since when', () => {
  const trend = trendOf([changed(3, 0.45), changed(2, 0.52), changed(1, 0.5)])
  expect(trend).toMatchObject({ changes: 2, since: Date.parse('2026-01-01T10:01:00.000Z') })
  expect(trend?.moved).toBeCloseTo(-0.05)
  expect(trend?.path).toMatch(/^M0\.0 .*L60\.0 /)
})

it('says nothing of one change, or none', () => {
  expect(trendOf([])).toBeUndefined()
  expect(trendOf([changed(1, 0.5)])).toBeUndefined()
})
