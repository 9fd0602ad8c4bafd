import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Clock } from '../../clock.ts'
import { storeClock } from './store-clock.ts'

it('[ST10] [PR8] however the wall clock jumps: never back, never slower than time, never ahead of all it was told', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('passes' as const), ms: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
    fc.record({ kind: fc.constant('jumps' as const), ms: fc.integer({ min: -1e9, max: 1e9 }) }),
    fc.record({ kind: fc.constant('look' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: -1e9, max: 1e9 }), (steps, lead) => {
      let wall = 1_700_000_000_000
      let monotonic = 0
      const clock: Clock = {
        now: () => Math.floor(wall),
        monotonicMs: () => monotonic,
        after: () => () => {},
      }
      const floor = clock.now() + lead
      const now = storeClock(clock, floor)
      let before = { at: now(), monotonic }
      expect(before.at).toBe(Math.max(floor, clock.now()))
      let farthest = Math.max(floor, wall)
      for (const one of steps) {
        if (one.kind === 'jumps') wall += one.ms
        if (one.kind === 'passes') {
          wall += one.ms
          monotonic += one.ms
          farthest += one.ms
        }
        farthest = Math.max(farthest, wall)
        if (one.kind !== 'look') continue
        const at = now()
        expect(Number.isInteger(at)).toBe(true)
        // whole ms on both ends, and sums of fractions that floating point rounds
        expect(at - before.at).toBeGreaterThanOrEqual(monotonic - before.monotonic - 1.001)
        expect(at).toBeGreaterThanOrEqual(Math.max(before.at, clock.now()))
        expect(at).toBeLessThanOrEqual(farthest + 0.001)
        before = { at, monotonic }
      }
    }),
    { numRuns: 500 },
  )
})
