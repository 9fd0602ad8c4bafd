import { expect, it } from 'vitest'
import { expectTimely, expectWork, seedOf } from './expect-work.ts'
import { faults } from './faults.ts'
import { faultsIn, operationsIn, runRounds } from './nodes-rounds.ts'

const ROUNDS = 3
const FAULTS = 105

it(`[PR1] [PR2] [PR3] [PR4] [PR7] [AG4] [AG6] [AP9] three nodes lose nothing and do nothing twice over ${FAULTS} faults`, async () => {
  const rounds = await runRounds({
    seed: seedOf('nodes'),
    faults: FAULTS / ROUNDS,
    goOn: (done) => done.length < ROUNDS,
  })
  expect(rounds.flatMap(({ wrong }) => wrong)).toEqual([])
  for (const { counts } of rounds) {
    expectTimely(counts)
    expectWork(counts, { requests: 1_000, acts: 400, decisions: 400 })
    expect(Object.keys(counts.faults).sort()).toEqual(Object.keys(faults).sort())
  }
  console.log(`${operationsIn(rounds)} operations checked over ${faultsIn(rounds)} faults`)
  expect(faultsIn(rounds)).toBe(FAULTS)
})
