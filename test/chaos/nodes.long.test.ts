import { expect, it } from 'vitest'
import { expectTimely, expectWork, seedOf } from './expect-work.ts'
import { faults } from './faults.ts'
import { faultsIn, operationsIn, runRounds } from './nodes-rounds.ts'

const ROUNDS = 3
/** At least. */
const FAULTS = 105
/** Goes on for as many, but begins no further round after the budget: how many fit depends on the machine. */
const OPERATIONS = 200_000
const BUDGET_MS = 7 * 60_000

it(`[PR1] [PR2] [PR3] [PR4] [PR7] [AG4] [AG6] [AP9] three nodes lose nothing and do nothing twice over ${FAULTS} faults`, async () => {
  const startedAt = performance.now()
  const rounds = await runRounds({
    seed: seedOf('nodes'),
    faults: FAULTS / ROUNDS,
    goOn: (done) =>
      done.length < ROUNDS || (operationsIn(done) < OPERATIONS && performance.now() - startedAt < BUDGET_MS),
  })
  expect(rounds.flatMap(({ wrong }) => wrong)).toEqual([])
  for (const { counts } of rounds) {
    expectTimely(counts)
    expectWork(counts, { requests: 1_000, acts: 400, decisions: 400 })
    expect(Object.keys(counts.faults).sort()).toEqual(Object.keys(faults).sort())
  }
  console.log(`${operationsIn(rounds)} operations checked over ${faultsIn(rounds)} faults`)
  expect(faultsIn(rounds)).toBeGreaterThanOrEqual(FAULTS)
})
