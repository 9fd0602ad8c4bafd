/**
 * Three nodes under everything that can go wrong, for as long as it is let: `npm run soak -- --hours 8`. A line of JSON for each
 * round; ends at the first that finds something wrong, with exit code 1 and the seed to repeat it.
 */
import { parseArgs } from 'node:util'
import { faultsIn, operationsIn, runRounds } from './nodes-rounds.ts'

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    seed: { type: 'string' },
    faults: { type: 'string', default: '40' },
    operations: { type: 'string', default: '40000' },
  },
})
const HOUR_MS = 3_600_000
const endAt = Date.now() + Number(values.hours) * HOUR_MS

const rounds = await runRounds({
  seed: Number(values.seed ?? Date.now() % 1e9),
  faults: Number(values.faults),
  operations: Number(values.operations),
  goOn: (done) => Date.now() < endAt && (done.at(-1)?.wrong.length ?? 0) === 0,
})
console.error(`${rounds.length} rounds, ${operationsIn(rounds)} operations, ${faultsIn(rounds)} faults.`)
for (const { seed, wrong } of rounds) for (const one of wrong) console.error(`✗ seed ${seed}: ${one}`)
process.exit(rounds.some(({ wrong }) => wrong.length > 0) ? 1 : 0)
