/** Fresh schedules, as many as fit into the time: what finds something names its seed, and runs again as it was. */
import { expect, it } from 'vitest'
import { seedOf } from '../chaos/expect-work.ts'
import { bundleSimulation } from './bundle.ts'
import { findings, runSeeds, seedsFrom } from './run.ts'

const MINUTE = 60_000
/** `HOLDPOINT_SIMULATION_MINUTES`: more of it on a machine that has the time. */
const BUDGET_MS = Number(process.env.HOLDPOINT_SIMULATION_MINUTES ?? 4) * MINUTE
const SEEDS = 100_000

it(
  'every promise holds in every schedule of some thousands',
  async () => {
    const seeds = seedsFrom(seedOf('simulation'), SEEDS)
    const ran = await runSeeds(
      await bundleSimulation(),
      { seeds, budgetMs: BUDGET_MS },
      BUDGET_MS + 10 * MINUTE,
    )
    console.log(JSON.stringify(ran.total))
    expect(findings(ran)).toEqual([])
    expect(ran.total.seeds).toBeGreaterThan(500)
  },
  BUDGET_MS + 12 * MINUTE,
)
