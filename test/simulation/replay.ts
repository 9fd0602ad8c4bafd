/** `npm run simulate -- <seed>[-<last seed>] [--trace]`: runs seeds, and says what they found. */
import { bundleSimulation } from './bundle.ts'
import { findings, runSeeds, seedsFrom } from './run.ts'

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
const ran = await runSeeds(await bundleSimulation(), { seeds, traced, all: seeds.count === 1 })
for (const line of ran.trace) console.log(line)
for (const finding of findings(ran)) console.log(finding)
for (const { seed, hash } of seeds.count === 1 ? ran.verdicts : []) console.log(`seed ${seed} ran as ${hash}`)
console.log(`${ran.total.found} of ${ran.total.seeds} seeds found something.`)
process.exit(ran.total.found > 0 ? 1 : 0)
