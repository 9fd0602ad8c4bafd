/** Fresh schedules, as many as fit into the time: what finds something names its seed, and runs again as it was. */
import { expect, it } from 'vitest'
import { seedOf } from '../chaos/expect-work.ts'
import { bundleSimulation } from './bundle.ts'
import { findings, runSeedsAtOnce, seedsFrom } from './run.ts'

const MINUTE = 60_000
/** `HOLDPOINT_SIMULATION_MINUTES`: more of it on a machine that has the time. */
const BUDGET_MS = Number(process.env.HOLDPOINT_SIMULATION_MINUTES ?? 8) * MINUTE
const MOST = 1_000_000
const PROCESSES = 2
const TELL_EVERY = 1_000

it(
  'every promise holds in every one of thousands of fresh schedules',
  async () => {
    const seeds = seedsFrom(seedOf('simulation'), MOST)
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
    expect(ran.total.seeds).toBeGreaterThan(1_000)
  },
  BUDGET_MS + 12 * MINUTE,
)
