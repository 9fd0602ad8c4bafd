import { expect, it } from 'vitest'
import { checkHistory } from './check-history.ts'
import { expectWork, seedOf } from './expect-work.ts'
import { runChaos } from './server-chaos.ts'

it('[PR1] [PR2] [PR3] [PR4] [PR7] [AP9] nothing is lost or done twice over 15 kills of the server', {
  timeout: 8 * 60_000,
}, async () => {
  const seed = seedOf('crash')
  const { history, counts, alsoWrong } = await runChaos({
    seed,
    kills: 14,
    work: { requests: 235, acts: 80 },
    lifeMs: [200, 1_900],
    // A machine that is busy with other things starts a server in ten seconds instead of one.
    budgetMs: 6 * 60_000,
  })
  expect([...checkHistory(history), ...alsoWrong]).toEqual([])
  expect(counts.serverKills).toBeGreaterThanOrEqual(15)
  expectWork(counts, { requests: 225, acts: 75, decisions: 60 })
})
