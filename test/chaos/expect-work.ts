import { expect } from 'vitest'
import { answeredWithinMs } from './answered-within.ts'
import type { Counts } from './workload.ts'

/** A fresh seed, or the one to repeat: `HOLDPOINT_SEED`. Printed, so that what was found can be run again. */
export function seedOf(name: string): number {
  const seed = Number(process.env.HOLDPOINT_SEED ?? Date.now() % 1e9)
  console.log(`${name}: HOLDPOINT_SEED=${seed}`)
  return seed
}

/** A run in which nothing happened proves nothing. */
export function expectWork(
  counts: Counts,
  least: {
    readonly requests: number
    readonly acts: number
    readonly decisions: number
  },
): void {
  console.log(JSON.stringify(counts))
  expect(counts.stuck).toEqual([])
  const decisions = counts.operators.reduce((sum, one) => sum + one.decisions, 0)
  expect(counts.requests).toBeGreaterThanOrEqual(least.requests)
  expect(counts.acts).toBeGreaterThanOrEqual(least.acts)
  expect(decisions).toBeGreaterThanOrEqual(least.decisions)
  expect(counts.agentKills).toBeGreaterThan(0)
  expect(counts.unanswered).toBeGreaterThan(0)
  expect(counts.operators.every(({ unknowns, repeats, late }) => unknowns + repeats + late > 0)).toBe(true)
  expect(counts.ghost.words).toBeGreaterThan(0)
  expect(counts.ghost.hasty).toBeGreaterThan(0)
  expect(counts.forbidden).toBeGreaterThan(0)
}

/** PR2: every call of every person ended in time, be it without an answer. */
export function expectTimely(counts: Counts): void {
  const slowest = Math.max(...counts.operators.map(({ slowestMs }) => slowestMs))
  expect(slowest).toBeLessThan(answeredWithinMs(counts))
}
