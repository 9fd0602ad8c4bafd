import { it } from 'vitest'
import { expectNothingLost, stepsWithRoom } from './full-disk-steps.ts'
import { upTo } from './store-harness.ts'

it('[ST3] [ST8] [PR1] a disk that is full at any step loses nothing that was acknowledged, and keeps nothing that was refused', async () => {
  for (const at of upTo(await stepsWithRoom()))
    for (const stays of [false, true])
      for (const rollsBack of [false, true]) await expectNothingLost({ at, stays, rollsBack })
}, 600_000)
