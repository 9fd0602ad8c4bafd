import { expect, it } from 'vitest'
import { checkHistory } from './check-history.ts'
import { expectWork, seedOf } from './expect-work.ts'
import { runChaos } from './server-chaos.ts'

/** Well over what it takes on two cores that nothing else uses. Beside others its servers live no longer, and get less done in their lives. */
const BUDGET_MS = 18 * 60_000

it('[PR1] [PR2] [PR3] [PR4] [PR7] [AP9] nothing is lost or done twice over 200 kills of the server', {
  timeout: BUDGET_MS + 7 * 60_000,
}, async () => {
  const seed = seedOf('crash')
  const { history, counts, alsoWrong } = await runChaos({
    seed,
    kills: 205,
    work: { requests: 4_100, acts: 1_250 },
    lifeMs: [150, 2_400],
    budgetMs: BUDGET_MS,
  })
  expect([...checkHistory(history), ...alsoWrong]).toEqual([])
  expect(counts.serverKills).toBeGreaterThanOrEqual(200)
  expectWork(counts, { requests: 4_000, acts: 1_200, decisions: 800 })
})
