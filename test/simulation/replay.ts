/** `npm run simulate -- <seed>[-<last seed>] [--trace]`: runs seeds, and says what they found. */
import { availableParallelism } from 'node:os'
import { bundleSimulation } from './bundle.ts'
import { findings, runSeeds, runSeedsAtOnce, seedsFrom, type Told } from './run.ts'

const HOUR = 3_600_000

/** Of many, each is told of as soon as it is found. */
const told: Told = (line) => {
  if ('violations' in line) console.log(findings({ verdicts: [line] }).join('\n'))
}

const [range = '', ...flags] = process.argv.slice(2)
const [first, last = first] = range.split('-').map(Number)
if (!Number.isInteger(first) || !Number.isInteger(last)) {
  console.error(
    'Name a seed, or a range of them: npm run simulate -- 4711, or 1-500; --trace prints every step.',
  )
  process.exit(2)
}
const traced = flags.includes('--trace')
const seeds = seedsFrom(first as number, (last as number) - (first as number) + 1)
const program = await bundleSimulation()
const ran =
  seeds.count === 1
    ? await runSeeds(program, { seeds, traced, all: true })
    : await runSeedsAtOnce(availableParallelism(), program, { seeds, traced }, { withinMs: 24 * HOUR, told })
for (const line of ran.trace) console.log(line)
if (seeds.count === 1) for (const finding of findings(ran)) console.log(finding)
for (const { seed, hash } of seeds.count === 1 ? ran.verdicts : []) console.log(`seed ${seed} ran as ${hash}`)
console.log(`${ran.total.found} of ${ran.total.seeds} seeds found something.`)
process.exit(ran.total.found > 0 ? 1 : 0)
