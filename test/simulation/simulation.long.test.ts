/** As many schedules as there is time for: what finds something names its seed, and runs again as it was. */
import { expect, it } from 'vitest'
import { bundleSimulation } from './bundle.ts'
import { findings, runSeedsAtOnce, seedsFrom } from './run.ts'

const MINUTE = 60_000
/**
 * The same ones, so that what is merged is held to what it was tried with; a change to the product makes them other schedules.
 * `HOLDPOINT_SEED`: where to look for more.
 */
const FIRST = Number(process.env.HOLDPOINT_SEED ?? 1_000_000)
/** `HOLDPOINT_SIMULATION_SEEDS`: more of them on a machine that has the time. */
const SEEDS = Number(process.env.HOLDPOINT_SIMULATION_SEEDS ?? 20_000)
/** Some 2,500 a minute on two cores that have nothing else to do; a busy machine is slow, and that is no failure. */
const BUDGET_MS = (SEEDS / 500) * MINUTE
/** Two cores. */
const PROCESSES = 2
const TELL_EVERY = 1_000

it(
  'every promise holds in every one of tens of thousands of schedules',
  async () => {
    const seeds = seedsFrom(FIRST, SEEDS)
    const program = await bundleSimulation()
    let begun = 0
    const ran = await runSeedsAtOnce(
      PROCESSES,
      program,
      { seeds, budgetMs: BUDGET_MS },
      {
        withinMs: BUDGET_MS + 10 * MINUTE,
        told(line) {
          // At once: a run that is broken off has said what it found.
          if ('violations' in line) console.log(findings({ verdicts: [line] }).join('\n'))
          else {
            begun += 1
            if (begun % TELL_EVERY === 0) console.log(`${begun} schedules begun`)
          }
        },
      },
    )
    console.log(JSON.stringify(ran.total))
    expect(findings(ran)).toEqual([])
    expect(ran.total.seeds).toBe(SEEDS)
  },
  BUDGET_MS + 12 * MINUTE,
)
