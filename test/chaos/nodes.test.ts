import { expect, it } from 'vitest'
import { checkHistory } from './check-history.ts'
import { expectTimely, expectWork, seedOf } from './expect-work.ts'
import { runNodesChaos } from './nodes-chaos.ts'

it('[PR1] [PR2] [PR3] [PR4] [PR7] [AG4] [AP9] three nodes lose nothing and do nothing twice, whatever goes wrong', {
  timeout: 240_000,
}, async () => {
  const { history, counts, alsoWrong } = await runNodesChaos({
    seed: seedOf('nodes'),
    faults: 8,
    operations: 1_500,
    peaceMs: [300, 800],
    agents: 4,
    workers: 8,
    interveneEveryMs: [50, 400],
  })
  expect([...checkHistory(history), ...alsoWrong]).toEqual([])
  expectTimely(counts)
  expectWork(counts, { requests: 200, acts: 50, decisions: 50 })
})
