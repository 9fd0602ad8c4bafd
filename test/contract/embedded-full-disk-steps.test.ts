import { expect, it } from 'vitest'
import { expectNothingLost, stepsWithRoom } from './full-disk-steps.ts'

/** Coprime to the four ways: each comes with early, and with late steps. All are in the long test. */
const EVERY = 5

it('[ST3] [ST8] [PR1] a disk that is full at one step loses nothing that was acknowledged, and keeps nothing that was refused', async () => {
  const steps = await stepsWithRoom()
  expect(steps).toBeGreaterThan(50)
  for (let at = 1; at <= steps; at += EVERY)
    await expectNothingLost({ at, stays: at % 2 === 0, rollsBack: at % 4 < 2 })
})
