/** `npm run bench`: what is measured, and what is left out, says README.md beside this file. */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type IdleMemory, measureIdle } from './idle-memory.ts'
import { measureNodes, printNodes } from './nodes.ts'
import { printProfile } from './profile.ts'
import { driveHoldpoint, driveRelay, runRound } from './round-trips.ts'
import { canPin, startHoldpoint, startRelay } from './servers.ts'
import { type Spread, show, spread, table } from './statistics.ts'
import { tokenMaker } from './tokens.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: true },
    nodes: { type: 'boolean', default: false },
    at: { type: 'string', multiple: true, default: ['1', '64', '256'] },
  },
  allowNegative: true,
})

const OUTSTANDING = options.at.map(Number)
const ROUNDS = options.quick ? 3 : 7
const IDLE = options.quick ? [500] : [1_000, 5_000]
/** Enough for a second or more of each. */
const roundTripsAt = (outstanding: number): number =>
  (outstanding === 1 ? 400 : 2_000) / (options.quick ? 4 : 1)

interface RoundTrips {
  readonly outstanding: number
  readonly holdpointPerSecond: Spread
  readonly relayPerSecond: Spread
  /** Holdpoint's rate over the relay's in the same round. */
  readonly ratio: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly relayP50Ms: Spread
  /** CPU time of the server process per round trip, µs. */
  readonly cpuUs: Spread
  readonly relayCpuUs: Spread
  readonly commitsPerSecond: Spread
  /** Changes that shared one fsync. */
  readonly commitsPerFsync: Spread
}

async function measureRoundTrips(pinned: boolean): Promise<readonly RoundTrips[]> {
  await using holdpoint = await startHoldpoint(pinned)
  await using relay = await startRelay(pinned)
  const { url, folder } = holdpoint.server
  await using ours = await driveHoldpoint({ agents: url, console: url }, await tokenMaker(folder))
  await using bare = await driveRelay({ agents: relay.url, console: relay.url })
  const results: RoundTrips[] = []
  for (const outstanding of OUTSTANDING) {
    const count = roundTripsAt(outstanding)
    const rounds = []
    // The first warms both up and does not count.
    for (let round = 0; round <= ROUNDS; round++) {
      await ours.rest()
      const [commitsBefore, cpuBefore] = [await holdpoint.commits(), holdpoint.cpuMs()]
      const held = await runRound(ours, outstanding, count)
      const [commitsAfter, cpuAfter] = [await holdpoint.commits(), holdpoint.cpuMs()]
      const relayCpuBefore = relay.cpuMs()
      const relayed = await runRound(bare, outstanding, count)
      const relayCpu = relay.cpuMs() - relayCpuBefore
      if (round === 0) continue
      const commits = commitsAfter.answered - commitsBefore.answered
      rounds.push({
        held,
        relayed,
        cpuUs: ((cpuAfter - cpuBefore) / count) * 1_000,
        relayCpuUs: (relayCpu / count) * 1_000,
        commitsPerSecond: (commits / count) * held.perSecond,
        commitsPerFsync: commits / (commitsAfter.batches - commitsBefore.batches),
      })
    }
    results.push({
      outstanding,
      holdpointPerSecond: spread(rounds.map(({ held }) => held.perSecond)),
      relayPerSecond: spread(rounds.map(({ relayed }) => relayed.perSecond)),
      ratio: spread(rounds.map(({ held, relayed }) => held.perSecond / relayed.perSecond)),
      p50Ms: spread(rounds.map(({ held }) => held.p50Ms)),
      p99Ms: spread(rounds.map(({ held }) => held.p99Ms)),
      relayP50Ms: spread(rounds.map(({ relayed }) => relayed.p50Ms)),
      cpuUs: spread(rounds.map(({ cpuUs }) => cpuUs)),
      relayCpuUs: spread(rounds.map(({ relayCpuUs }) => relayCpuUs)),
      commitsPerSecond: spread(rounds.map(({ commitsPerSecond }) => commitsPerSecond)),
      commitsPerFsync: spread(rounds.map(({ commitsPerFsync }) => commitsPerFsync)),
    })
  }
  return results
}

function printRoundTrips(results: readonly RoundTrips[]): void {
  console.log(`\nRound trips: median (min–max) of ${ROUNDS} rounds, relay and Holdpoint in turn`)
  console.log(
    table([
      [
        'at once',
        'Holdpoint/s',
        'relay/s',
        'ratio',
        'p50 ms',
        'p99 ms',
        'relay p50',
        'server µs',
        'relay µs',
        'commits/s',
        'per fsync',
      ],
      ...results.map((one) => [
        String(one.outstanding),
        show(one.holdpointPerSecond),
        show(one.relayPerSecond),
        show(one.ratio, 2),
        show(one.p50Ms, 1),
        show(one.p99Ms, 1),
        show(one.relayP50Ms, 1),
        show(one.cpuUs),
        show(one.relayCpuUs),
        show(one.commitsPerSecond),
        show(one.commitsPerFsync, 1),
      ]),
    ]),
  )
}

function printMemory(memory: readonly IdleMemory[]): void {
  console.log('\nMemory: KiB of resident memory per connected client that does nothing')
  console.log(
    table([
      ['clients', 'agent with run and lease', 'bare connection', 'ratio'],
      ...memory.map(({ clients, agentBytes, bareBytes }) => [
        String(clients),
        (agentBytes / 1024).toFixed(1),
        (bareBytes / 1024).toFixed(1),
        (agentBytes / bareBytes).toFixed(2),
      ]),
    ]),
  )
}

/** The server alone, under 64 at once: in rounds of its own, so that what lies between them does not count. */
async function profile(pinned: boolean): Promise<void> {
  await using holdpoint = await startHoldpoint(pinned)
  const { url, folder } = holdpoint.server
  await using ours = await driveHoldpoint({ agents: url, console: url }, await tokenMaker(folder))
  const count = roundTripsAt(64)
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    await runRound(ours, 64, count)
    await ours.rest()
  }
  await printProfile(holdpoint, count, { rest: ours.rest, work: () => runRound(ours, 64, count) })
}

const pinned = canPin()
console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ` +
    (pinned ? 'servers on core 0, load on core 1' : 'servers and load share the cores'),
)
if (options.profile) await profile(pinned)
else if (options.nodes)
  printNodes(await measureNodes({ outstanding: OUTSTANDING, rounds: ROUNDS, roundTripsAt, pinned }), ROUNDS)
else {
  const roundTrips = await measureRoundTrips(pinned)
  printRoundTrips(roundTrips)
  const memory: IdleMemory[] = []
  if (options.memory) {
    for (const clients of IDLE) memory.push(await measureIdle(clients, pinned))
    printMemory(memory)
  }
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ node: process.version, pinned, roundTrips, memory }, null, 2)}\n`,
    )
}
