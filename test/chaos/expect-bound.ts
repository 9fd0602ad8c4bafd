import { expect } from 'vitest'
import { percentile } from './percentile.ts'
import { BOUND_MS, type Trial } from './stop-bound.ts'

/** AG4, in every trial; and that the trials tried something. */
export function expectBound(trials: readonly Trial[], count: number): void {
  const ms = trials.map(({ lastStepAfterMs }) => lastStepAfterMs)
  console.log(
    `last step after the stop's commit, ${trials.length} trials: p50 ${percentile(ms, 0.5)}, ` +
      `max ${percentile(ms, 1)} ms; the bound is ${Math.round(BOUND_MS)} ms`,
  )
  expect(trials).toHaveLength(count)
  expect(trials.filter(({ lastStepAfterMs }) => lastStepAfterMs >= BOUND_MS)).toEqual([])
  expect(trials.filter(({ steppedOn }) => !steppedOn)).toEqual([])
  expect(trials.filter(({ ended }) => ended !== 'stopped')).toEqual([])
}
