import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testProgram } from '../../harness/compiled.ts'
import { type Process, startProcess } from '../../harness/process.ts'
import type { ProcessUsage } from '../../harness/process-usage.ts'
import { type Driver, driveHoldpoint, driveRelay, runRound } from '../round-trips.ts'
import { startHoldpoint, startRelay } from '../servers.ts'
import { tokenMaker } from '../tokens.ts'

const FEW = 100
const MANY = Number(process.env.HOLDPOINT_SCALE_AGENTS ?? 10_000)
const ROUNDS = 7
/** Rounds until V8 has compiled what they run: of a round trip that is more code, and a round has fewer of them. */
const WARM_UP = { renewal: 1, roundTrip: 4 }
const RENEWALS = 10_000
const ROUND_TRIPS = 1_000
const AT_ONCE = 16
/** Long enough for each agent's sign of life. */
const IDLE_MS = 11_000
/**
 * How much more of what it costs among few a thing may cost among many, over and above what the bare relay's own grew by, in
 * whose sockets and caches that lies. What looks through all agents, at 5 ns each, costs a renewal 1.5 more or so.
 */
const MOST_MORE = { renewal: 0.9, roundTrip: 0.3 }

/** A server with a crowd on it, and what it is asked for. */
interface Side {
  readonly usage: ProcessUsage
  readonly crowd: Process
  readonly driver: Driver
}
type SideName = `${'ours' | 'bare'} ${'few' | 'many'}`

const opened: AsyncDisposable[] = []
const keep = <T extends AsyncDisposable>(one: T): T => {
  opened.push(one)
  return one
}
const sides = new Map<SideName, Side>()
beforeAll(async () => {
  for (const [size, count] of [
    ['few', FEW],
    ['many', MANY],
  ] as const) {
    const holdpoint = keep(await startHoldpoint(false))
    const { url, folder } = holdpoint.server
    const relay = keep(await startRelay(false))
    const [ourCrowd, bareCrowd] = await Promise.all([
      crowdOf(count, { HOLDPOINT_URL: url, HOLDPOINT_FOLDER: folder }),
      crowdOf(count, { HOLDPOINT_URL: relay.url }),
    ])
    const driver = keep(await driveHoldpoint({ agents: url, console: url }, await tokenMaker(folder), FEW))
    sides.set(`ours ${size}`, { usage: holdpoint, crowd: ourCrowd, driver })
    const bare = keep(await driveRelay({ agents: relay.url, console: relay.url }, FEW))
    sides.set(`bare ${size}`, { usage: relay, crowd: bareCrowd, driver: bare })
  }
}, 5 * 60_000)
afterAll(async () => {
  for (const one of opened.reverse()) await one[Symbol.asyncDispose]()
})

async function crowdOf(count: number, env: Readonly<Record<string, string>>): Promise<Process> {
  const crowd = keep(
    startProcess(testProgram('bench/scale/renewing-crowd'), {
      env: { ...env, HOLDPOINT_COUNT: String(count) },
    }),
  )
  await replyOf(crowd)
  return crowd
}

async function replyOf(crowd: Process): Promise<void> {
  const ended = crowd.gone.then(() => {
    throw new Error(`the crowd ended: ${crowd.errors()}`)
  })
  await Promise.race([once(crowd.child, 'message'), ended])
}

async function renew({ crowd }: Side): Promise<void> {
  const done = replyOf(crowd)
  crowd.child.send(RENEWALS)
  await done
}

/** What its connections cost a server that nobody asks anything, as a share of one processor: signs of life, mostly. */
async function idleShare({ usage }: Side): Promise<number> {
  const [before, startedAt] = [usage.cpuMs(), performance.now()]
  await sleep(IDLE_MS)
  return (usage.cpuMs() - before) / (performance.now() - startedAt)
}

/** The server's processor for each of `count` that `work` does, without what it spends anyway while that lasts, µs. */
async function eachUs(
  { usage }: Side,
  idle: number,
  count: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const [before, startedAt] = [usage.cpuMs(), performance.now()]
  await work()
  return ((usage.cpuMs() - before - idle * (performance.now() - startedAt)) * 1_000) / count
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

type Costs = Record<SideName, number>

/** Of one thing, on every side in turn, so that what else the machine does falls on all alike. */
async function costs(
  idle: ReadonlyMap<SideName, number>,
  warmUp: number,
  count: number,
  work: (side: Side) => Promise<unknown>,
  rest: (side: Side) => Promise<unknown>,
): Promise<Costs> {
  const us: Record<SideName, number[]> = { 'ours few': [], 'bare few': [], 'ours many': [], 'bare many': [] }
  for (let round = 0; round < warmUp + ROUNDS; round++)
    for (const [name, side] of sides) {
      const each = await eachUs(side, idle.get(name) ?? 0, count, () => work(side))
      if (round >= warmUp) us[name].push(each)
      await rest(side)
    }
  return Object.fromEntries(Object.entries(us).map(([name, values]) => [name, median(values)])) as Costs
}

/** How much more of what it costs among few, without what the bare relay's grew by. */
const grewBy = (us: Costs): number =>
  (us['ours many'] - us['ours few'] - (us['bare many'] - us['bare few'])) / us['ours few']

const shown = (what: string, us: Costs): string =>
  `${what} ${us['ours few'].toFixed(0)} and ${us['ours many'].toFixed(0)} (bare ${us['bare few'].toFixed(0)} and ` +
  `${us['bare many'].toFixed(0)}), beyond the bare one's growth ${(grewBy(us) * 100).toFixed(0)} % more`

it(`what an agent costs stays the same from ${FEW} agents to ${MANY}, but for what a bare connection costs more`, async () => {
  const idle = new Map<SideName, number>()
  await Promise.all([...sides].map(async ([name, side]) => idle.set(name, await idleShare(side))))
  const renewal = await costs(idle, WARM_UP.renewal, RENEWALS, renew, async () => {})
  const roundTrip = await costs(
    idle,
    WARM_UP.roundTrip,
    ROUND_TRIPS,
    ({ driver }) => runRound(driver, AT_ONCE, ROUND_TRIPS),
    ({ driver }) => driver.finish(AT_ONCE),
  )
  console.log(
    `µs of the server with ${FEW} and with ${MANY} agents: ${shown('a renewal', renewal)}; ${shown('a round trip', roundTrip)}; ` +
      `with nothing to do ${[...idle].map(([name, share]) => `${name} ${(share * 100).toFixed(1)} %`).join(', ')}`,
  )
  expect(grewBy(renewal)).toBeLessThan(MOST_MORE.renewal)
  expect(grewBy(roundTrip)).toBeLessThan(MOST_MORE.roundTrip)
})
