import { beforeAll, expect, it } from 'vitest'
import { bundleSimulation } from './bundle.ts'
import { findings, type Ran, runSeeds, seedsFrom } from './run.ts'

/** Fresh ones are `npm run test:long`'s business: these are the same on every machine. */
const SEEDS = 150

let program: string
let ran: Ran
beforeAll(async () => {
  program = await bundleSimulation()
  ran = await runSeeds(program, { seeds: seedsFrom(1, SEEDS), all: true })
})

it('[AG4] [AG6] [AG7] [AP2] [AP3] [AP7] [AP9] [PR2] [PR3] [PR5] every promise holds in every one of some schedules', () => {
  console.log(JSON.stringify(ran.total))
  expect(findings(ran)).toEqual([])
  expect(ran.total.seeds).toBe(SEEDS)
})

it('the schedules put the promises to the test', () => {
  const { requests, acts, unanswered, lives } = ran.total
  expect(requests).toBeGreaterThan(30 * SEEDS)
  expect(acts).toBeGreaterThan(3 * SEEDS)
  expect(unanswered).toBeGreaterThan(SEEDS)
  expect(lives).toBeGreaterThan(3 * SEEDS)
})

it('[AP9] what may have run already is not begun again unless a person says so, where the agents keep no keys', async () => {
  const keyless = await runSeeds(program, { seeds: seedsFrom(1, 2 * SEEDS), keyless: true })
  console.log(JSON.stringify(keyless.total))
  expect(findings(keyless)).toEqual([])
  expect(keyless.total.repeats).toBeGreaterThan(SEEDS / 10)
})

it('the same seed is the same run, to the last step', async () => {
  const again = await runSeeds(program, { seeds: [17, 5, 42], all: true })
  const hashes = (one: Ran) => new Map(one.verdicts.map(({ seed, hash }) => [seed, hash]))
  const first = hashes(ran)
  expect([...hashes(again)]).toEqual([17, 5, 42].map((seed) => [seed, first.get(seed)]))
  expect(new Set(first.values()).size).toBe(SEEDS)
})
