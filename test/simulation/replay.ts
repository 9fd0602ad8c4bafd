/** `npm run simulate`: runs seeds, and says what they found. */
import { availableParallelism } from 'node:os'
import { endWith, programArgs } from '../harness/program-args.ts'
import { bundleSimulation } from './bundle.ts'
import { findings, runSeeds, runSeedsAtOnce, seedsFrom, type Told } from './run.ts'

const HOUR = 3_600_000

/** Of many, each is told of as soon as it is found. */
const told: Told = (line) => {
  if ('violations' in line) console.log(findings({ verdicts: [line] }).join('\n'))
}

const USAGE = `npm run simulate -- SEED[-LAST] [--trace]

  SEED[-LAST]   a seed, or a range of them: 4711, or 1-500
  --trace       print every step`

const { values, positionals } = programArgs(USAGE, {
  allowPositionals: true,
  options: { trace: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})
const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(positionals.join(' ')) ?? []
const [first, last] = [Number(from), Number(to)]
// neither is a number where nothing was named
if (!(first <= last)) endWith(USAGE, 'Name a seed, or a range of them.')
const traced = values.trace
const seeds = seedsFrom(first, last - first + 1)
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
