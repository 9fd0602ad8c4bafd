/** Rounds of both sides in turn, so that a machine that slows down slows both. */

import { foreignLoad } from './foreign-load.ts'
import { type Commands, commandsDuring } from './redis-commands.ts'
import { type Round, runRound } from './round-trips.ts'
import type { Side, Stage, StageName } from './stages.ts'
import { type Spread, show, spread, table } from './statistics.ts'

export interface RoundTrips {
  readonly stage: StageName
  readonly outstanding: number
  readonly holdpointPerSecond: Spread
  readonly relayPerSecond: Spread
  /** Holdpoint's rate over the relay's in the same round. */
  readonly ratio: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly relayP50Ms: Spread
  /** Holdpoint's p50 over the relay's in the same round. */
  readonly p50Ratio: Spread
  /** CPU time of the servers per round trip, Redis left out, µs. */
  readonly cpuUs: Spread
  readonly relayCpuUs: Spread
  /** What comes after a release, which no relay does: `action.begin` and `action.report`, both. */
  readonly finishedPerSecond: Spread
  readonly finishCpuUs: Spread
  /** Changes that shared one fsync; on the embedded store alone. */
  readonly commitsPerFsync: Spread | undefined
  /** How much of a core other programs used in the worst round that counts. */
  readonly foreignCores: number
  /** What is sent to Redis per round trip, most first. */
  readonly commands: Commands
  readonly relayCommands: Commands
}

/** More than so much of a core in use by other programs, and the round is measured again … */
const FOREIGN_CORES = 0.1
/** … but no more often than so: on a busy machine figures say how busy it was, and are worth little. */
const TRIES = 3

export async function measureRoundTrips(
  stage: Stage,
  name: StageName,
  { outstanding, rounds, count }: { outstanding: number; rounds: number; count: number },
): Promise<RoundTrips> {
  const measured: Awaited<ReturnType<typeof measureOne>>[] = []
  // The first warms both up and does not count.
  await measureOne(stage, outstanding, count)
  for (let round = 0; round < rounds; round++) {
    let one = await measureOne(stage, outstanding, count)
    for (let tries = 1; one.foreign > FOREIGN_CORES && tries < TRIES; tries++) {
      const again = await measureOne(stage, outstanding, count)
      if (again.foreign < one.foreign) one = again
    }
    measured.push(one)
  }
  const of = (value: (one: (typeof measured)[number]) => number): Spread => spread(measured.map(value))
  const { redis, ours, bare } = stage
  const watch = async ({ driver }: Side): Promise<Commands> => {
    if (!redis) return []
    const commands = await commandsDuring(redis.port, count, () => runRound(driver, outstanding, count))
    await driver.finish(outstanding)
    return commands
  }
  return {
    stage: name,
    outstanding,
    holdpointPerSecond: of(({ held }) => held.perSecond),
    relayPerSecond: of(({ relayed }) => relayed.perSecond),
    ratio: of(({ held, relayed }) => held.perSecond / relayed.perSecond),
    p50Ms: of(({ held }) => held.p50Ms),
    p99Ms: of(({ held }) => held.p99Ms),
    relayP50Ms: of(({ relayed }) => relayed.p50Ms),
    p50Ratio: of(({ held, relayed }) => held.p50Ms / relayed.p50Ms),
    cpuUs: of(({ held }) => held.cpuUs),
    relayCpuUs: of(({ relayed }) => relayed.cpuUs),
    finishedPerSecond: of(({ finished }) => finished.perSecond),
    finishCpuUs: of(({ finished }) => finished.cpuUs),
    commitsPerFsync: redis ? undefined : of(({ perFsync }) => perFsync),
    foreignCores: Math.max(...measured.map(({ foreign }) => foreign)),
    commands: await watch(ours),
    relayCommands: await watch(bare),
  }
}

async function measureOne({ ours, bare, nodes, redis }: Stage, outstanding: number, count: number) {
  const counted = async () => (redis ? undefined : nodes[0]?.commits())
  const before = await counted()
  const own = (): number => ours.cpuMs() + bare.cpuMs() + (redis?.cpuMs() ?? 0)
  const load = foreignLoad(own)
  const held = await measureSide(ours, outstanding, count)
  const after = await counted()
  const relayed = await measureSide(bare, outstanding, count)
  const finished = await measureFinish(ours, outstanding)
  return {
    held,
    relayed,
    finished,
    foreign: load.cores(),
    perFsync:
      before && after ? (after.answered - before.answered) / (after.batches - before.batches) : Number.NaN,
  }
}

async function measureSide(
  { driver, cpuMs }: Side,
  outstanding: number,
  count: number,
): Promise<Round & { readonly cpuUs: number }> {
  const before = cpuMs()
  const round = await runRound(driver, outstanding, count)
  return { ...round, cpuUs: ((cpuMs() - before) / count) * 1_000 }
}

async function measureFinish({ driver, cpuMs }: Side, atOnce: number) {
  const [cpuBefore, startedAt] = [cpuMs(), performance.now()]
  const count = await driver.finish(atOnce)
  const perSecond = (count / (performance.now() - startedAt)) * 1_000
  return { perSecond, cpuUs: ((cpuMs() - cpuBefore) / count) * 1_000 }
}

export function printRoundTrips(results: readonly RoundTrips[], rounds: number): void {
  console.log(`\nRound trips: median (min–max) of ${rounds} rounds, relay and Holdpoint in turn`)
  console.log(
    table([
      [
        'stage',
        'at once',
        'Holdpoint/s',
        'relay/s',
        'ratio',
        'p50 ms',
        'p99 ms',
        'relay p50',
        'server µs',
        'relay µs',
        'finished/s',
        'finish µs',
        'per fsync',
        'foreign',
      ],
      ...results.map((one) => [
        one.stage,
        String(one.outstanding),
        show(one.holdpointPerSecond),
        show(one.relayPerSecond),
        show(one.ratio, 2),
        show(one.p50Ms, 1),
        show(one.p99Ms, 1),
        show(one.relayP50Ms, 1),
        show(one.cpuUs),
        show(one.relayCpuUs),
        show(one.finishedPerSecond),
        show(one.finishCpuUs),
        one.commitsPerFsync ? show(one.commitsPerFsync, 1) : '',
        one.foreignCores.toFixed(2),
      ]),
    ]),
  )
  const watched = results.filter(({ commands }) => commands.length > 0)
  if (watched.length === 0) return
  const line = (commands: Commands): string =>
    `${commands.reduce((sum, [, times]) => sum + times, 0).toFixed(2)} (${commands
      .slice(0, 8)
      .map(([name, times]) => `${name} ${times.toFixed(2)}`)
      .join(', ')})`
  console.log('\nCommands sent to Redis per round trip')
  console.log(
    table([
      ['stage', 'at once', 'Holdpoint', 'relay'],
      ...watched.map(({ stage, outstanding, commands, relayCommands }) => [
        stage,
        String(outstanding),
        line(commands),
        line(relayCommands),
      ]),
    ]),
  )
}
