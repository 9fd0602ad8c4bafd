import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { FloodLimit } from './flood-gate.ts'

function handClock() {
  const time = { ms: 1_000 }
  const clock: Clock = {
    now: () => expect.unreachable('a wall clock may jump'),
    monotonicMs: () => time.ms,
    after: () => expect.unreachable('a gate needs no timer'),
  }
  return { clock, time }
}

it('[ID4] a burst passes, the next waits for its share of a second', () => {
  const { clock, time } = handClock()
  const gate = new FloodLimit(clock, 10, 3).gate()
  expect([gate.take(), gate.take(), gate.take(), gate.take()]).toEqual([true, true, true, false])
  time.ms += 99
  expect(gate.take()).toBe(false)
  time.ms += 1
  expect(gate.take()).toBe(true)
  expect(gate.take()).toBe(false)
})

it('[ID4] a long rest saves up one burst and no more', () => {
  const { clock, time } = handClock()
  const gate = new FloodLimit(clock, 10, 3).gate()
  time.ms += 3_600_000
  expect([gate.take(), gate.take(), gate.take(), gate.take()]).toEqual([true, true, true, false])
})

it('[ID4] what has come already is owed, and says when it is earned', () => {
  const { clock, time } = handClock()
  const gate = new FloodLimit(clock, 10, 3).gate()
  expect([gate.spend(3), gate.spend(1), gate.spend(4)]).toEqual([0, 100, 500])
  expect(gate.take()).toBe(false)
  time.ms += 499
  expect(gate.spend(0)).toBeGreaterThan(0)
  time.ms += 1
  expect([gate.spend(0), gate.take()]).toEqual([0, false])
})

it('[ID4] never more than the burst and the rate let through, and no more held back than that', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(200), { maxLength: 300 }),
      (rate, burst, gaps) => {
        const { clock, time } = handClock()
        const gate = new FloodLimit(clock, rate, burst).gate()
        let passed = 0
        for (const gap of gaps) {
          time.ms += gap
          if (gate.take()) passed += 1
        }
        const elapsed = gaps.reduce((sum, gap) => sum + gap, 0)
        expect(passed).toBeLessThanOrEqual(burst + (elapsed / 1_000) * rate + 1e-6)
        expect(passed).toBeGreaterThanOrEqual(Math.min(gaps.length, burst))
      },
    ),
  ))
