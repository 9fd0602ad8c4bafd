/**
 * Three nodes under everything that can go wrong, for as long as it is let. A line of JSON for each round; ends after the first
 * that finds something wrong, with exit code 1 and the seed to repeat it.
 */
import { endWith, programArgs } from '../harness/program-args.ts'
import { faultsIn, operationsIn, runRounds } from './nodes-rounds.ts'

const USAGE = `npm run soak -- [--hours 1] [--faults 40] [--operations 40000] [--seed N]

  --hours       begins no further round after so long; one round is run in any case
  --faults      of each round, at least; more while its operations are not done
  --operations  of each round, at least
  --seed        of the first round; each further one counts on`

const { values } = programArgs(USAGE, {
  options: {
    hours: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    faults: { type: 'string', default: '40' },
    operations: { type: 'string', default: '40000' },
    help: { type: 'boolean', default: false },
  },
})
const [hours, seed, faults, operations] = [values.hours, values.seed, values.faults, values.operations].map(
  Number,
) as [number, number, number, number]
if (![hours, seed, faults, operations].every(Number.isFinite)) endWith(USAGE, 'Each option takes a number.')
const HOUR_MS = 3_600_000
const endAt = Date.now() + hours * HOUR_MS

const rounds = await runRounds({
  seed,
  faults,
  operations,
  goOn: (done) => done.length === 0 || (Date.now() < endAt && done.every(({ wrong }) => wrong.length === 0)),
})
console.error(`${rounds.length} rounds, ${operationsIn(rounds)} operations, ${faultsIn(rounds)} faults.`)
for (const round of rounds) for (const one of round.wrong) console.error(`✗ seed ${round.seed}: ${one}`)
process.exit(rounds.some(({ wrong }) => wrong.length > 0) ? 1 : 0)
