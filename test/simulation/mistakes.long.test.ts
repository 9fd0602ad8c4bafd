/** The simulation is put to the test itself: every mistake that somebody puts in must be found, and as what it is. */
import { beforeAll, expect, it } from 'vitest'
import { bundleSimulation } from './bundle.ts'
import { type Mistake, mistakes } from './mistakes.ts'
import { KIND_COUNT } from './plan.ts'
import { runSeeds } from './run.ts'

/** Seeds of one kind within which each must be found, beginning with the one that found it last. */
const WITHIN = 4_000
/** Two cores. */
const AT_ONCE = 2

/** The seed that finds it as what it is, where one does. */
async function find({
  name,
  foundAs,
  foundAt,
  store,
  keyless,
  alterations,
}: Mistake): Promise<number | undefined> {
  const program = await bundleSimulation(name.replaceAll(/[^a-z]/gi, '-'), alterations)
  const { verdicts } = await runSeeds(program, {
    seeds: { first: foundAt, count: WITHIN, step: KIND_COUNT },
    until: foundAs.source,
    ...(store && { mistakes: store }),
    ...(keyless && { keyless }),
  })
  return verdicts.find(({ violations }) => violations.some((one) => foundAs.test(one)))?.seed
}

const found = new Map<string, Promise<number | undefined>>()
beforeAll(() => {
  const lanes = Array.from({ length: AT_ONCE }, () => Promise.resolve<unknown>(undefined))
  for (const [n, mistake] of mistakes.entries()) {
    const lane = n % AT_ONCE
    const finding = (lanes[lane] as Promise<unknown>).then(() => find(mistake))
    // Whoever asks for it is told; the next one's turn comes in any case.
    lanes[lane] = finding.catch(() => {})
    found.set(mistake.name, finding)
  }
})

it.each(mistakes)('$name: found', async ({ name, foundAt }) => {
  const seed = await found.get(name)
  const again = seed === foundAt ? '' : `, which was ${foundAt}: put it into mistakes.ts`
  console.log(`${name}: ${seed === undefined ? 'not found' : `seed ${seed}${again}`}`)
  expect(seed, `not found within ${WITHIN} seeds`).toBeDefined()
})
