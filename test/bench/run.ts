/** `npm run bench`: what is measured, and what is left out, says README.md beside this file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { compiled } from '../harness/compiled.ts'
import { endWith, programArgs } from '../harness/program-args.ts'
import { type Crowd, measureCrowd, printCrowds } from './crowd.ts'
import { measureRoundTrips, printRoundTrips, type RoundTrips } from './measure.ts'
import { printProfile } from './profile.ts'
import { runRound } from './round-trips.ts'
import { canPin } from './servers.ts'
import { openStage, type Stage, type StageName, stageNames } from './stages.ts'
import { checkTargets } from './targets.ts'

const CROWD = 'crowd'
const ALL: readonly string[] = [...stageNames, CROWD]
const USAGE = `npm run bench -- [options]

  --only STAGE   ${ALL.join(', ')}; again for several; all by default
  --at N         round trips at once; again for several; 1, 64 and 256 by default
  --quick        fewer rounds and clients
  --check        exit with 1 where a target is missed
  --smoke        exit with 1 where a ratio has fallen by a third
  --json FILE    also write the figures
  --profile      where the server's time and memory go, instead: of one stage, embedded by default`

const { values: options } = programArgs(USAGE, {
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    at: { type: 'string', multiple: true, default: ['1', '64', '256'] },
    help: { type: 'boolean', default: false },
  },
})
const only = options.only ?? ALL
const unknown = only.find((name) => !ALL.includes(name))
if (unknown !== undefined) endWith(USAGE, `There is nothing named ${unknown} to measure.`)
const noCount = options.at.find((text) => !/^[1-9]\d*$/.test(text))
if (noCount !== undefined) endWith(USAGE, `--at takes a whole number from 1 on, not "${noCount}".`)
const ROUNDS = options.quick ? 3 : 5
/** Rounds of each side that warm a stage up, whatever is measured then. */
const WARM_UPS = options.quick ? 6 : 3
const CROWDS = options.quick ? [1_000] : [1_000, 10_000]
const CROWD_ROUNDS = options.quick ? 1 : 3
/** A fall by more than that, against what smoke.json remembers, is no chance. */
const SMOKE_LEAST = 2 / 3
/** Enough for a second or more of each. */
const roundTripsAt = (outstanding: number): number =>
  (outstanding === 1 ? 400 : 2_000) / (options.quick ? 4 : 1)

/** A server that has run for a while is what people have: its code is compiled by then. */
async function warmUp({ ours, bare }: Stage): Promise<void> {
  for (let round = 0; round < WARM_UPS; round++)
    for (const { driver } of [ours, bare]) {
      await runRound(driver, 64, roundTripsAt(64))
      await driver.finish(64)
    }
}

async function measureStage(name: StageName, pinned: boolean, atOnce: readonly number[]) {
  await using stage = await openStage(name, pinned)
  await warmUp(stage)
  const results: RoundTrips[] = []
  for (const outstanding of atOnce)
    results.push(
      await measureRoundTrips(stage, name, { outstanding, rounds: ROUNDS, count: roundTripsAt(outstanding) }),
    )
  return results
}

async function measureAll(pinned: boolean, only: readonly string[]): Promise<boolean> {
  const roundTrips: RoundTrips[] = []
  for (const name of stageNames)
    if (only.includes(name)) roundTrips.push(...(await measureStage(name, pinned, options.at.map(Number))))
  if (roundTrips.length > 0) printRoundTrips(roundTrips, ROUNDS)
  const crowds: Crowd[] = []
  if (only.includes(CROWD)) {
    for (const clients of CROWDS) crowds.push(await measureCrowd(clients, CROWD_ROUNDS, pinned))
    printCrowds(crowds)
  }
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ cpu: cpus()[0]?.model, node: process.version, pinned, roundTrips, crowds }, null, 2)}\n`,
    )
  return checkTargets(roundTrips, crowds) || !options.check
}

/** The server alone, under 64 at once: in rounds of its own, so that what lies between them does not count. */
async function profile(pinned: boolean, name: StageName): Promise<void> {
  await using stage = await openStage(name, pinned)
  const { driver } = stage.ours
  const count = roundTripsAt(64)
  await warmUp(stage)
  const [node] = stage.nodes
  const rest = () => driver.finish(64)
  if (node) await printProfile(node, count, { rest, work: () => runRound(driver, 64, count) })
}

/** Half a minute: whether the ratio has fallen by more than a third. */
async function smoke(pinned: boolean): Promise<boolean> {
  const file = compiled('test/bench/smoke.json')
  const { ratio: usual } = JSON.parse(readFileSync(file, 'utf8')) as { readonly ratio: number }
  const [result] = await measureStage('embedded', pinned, [64])
  const ratio = result?.ratio.median ?? 0
  const fits = ratio >= usual * SMOKE_LEAST
  console.log(
    `Embedded, 64 at once: ${ratio.toFixed(3)} of the bare relay's round trips, usually ${usual}; ` +
      (fits ? 'that will do.' : 'that is a fall by more than a third.'),
  )
  return fits
}

const pinned = canPin()
console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ` +
    (pinned ? 'servers on core 0, load on core 1' : 'servers and load share the cores'),
)
if (options.profile)
  await profile(pinned, stageNames.find((name) => options.only?.includes(name)) ?? 'embedded')
else if (!(options.smoke ? await smoke(pinned) : await measureAll(pinned, only))) process.exitCode = 1
