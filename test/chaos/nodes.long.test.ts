import { expect, it } from 'vitest'
import { expectTimely, expectWork, seedOf } from './expect-work.ts'
import { faults } from './faults.ts'
import { faultsIn, operationsIn, runRounds } from './nodes-rounds.ts'

const ROUNDS = 5
/** In all of them, at least. */
const FAULTS = 105
const OPERATIONS = 200_000

it(`[PR1] [PR2] [PR3] [PR4] [PR7] [AG4] [AG6] [AP9] three nodes lose nothing and do nothing twice in ${OPERATIONS} operations under ${FAULTS} faults`, {
  timeout: 60 * 60_000,
}, async () => {
  const rounds = await runRounds({
    seed: seedOf('nodes'),
    faults: FAULTS / ROUNDS,
    operations: OPERATIONS / ROUNDS,
    goOn: (done) => done.length < ROUNDS && done.every(({ wrong }) => wrong.length === 0),
  })
  expect(rounds.flatMap(({ wrong }) => wrong)).toEqual([])
  for (const { counts } of rounds) {
    expectTimely(counts)
    expectWork(counts, { requests: 4_000, acts: 1_000, decisions: 1_000 })
    expect(Object.keys(counts.faults).sort()).toEqual(Object.keys(faults).sort())
  }
  console.log(`${operationsIn(rounds)} operations checked under ${faultsIn(rounds)} faults`)
  expect(faultsIn(rounds)).toBeGreaterThanOrEqual(FAULTS)
  expect(operationsIn(rounds)).toBeGreaterThanOrEqual(OPERATIONS)
})
