/** Round trips between two nodes over one Redis, beside bare relays over the same Redis and adapter; see README.md. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { startRedis } from '../harness/redis-server.ts'
import { driveHoldpoint, driveRelay, runRound } from './round-trips.ts'
import { startHoldpoint, startRelay } from './servers.ts'
import { type Spread, show, spread, table } from './statistics.ts'
import { tokenMaker } from './tokens.ts'

export interface NodesOptions {
  readonly outstanding: readonly number[]
  readonly rounds: number
  readonly roundTripsAt: (outstanding: number) => number
  readonly pinned: boolean
}

interface NodeRoundTrips {
  readonly outstanding: number
  readonly holdpointPerSecond: Spread
  readonly relayPerSecond: Spread
  readonly ratio: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly relayP50Ms: Spread
  readonly relayP99Ms: Spread
  /** Commands that nodes sent to Redis per round trip, by name, most first; what scripts call inside is not counted. */
  readonly commands: readonly (readonly [string, number])[]
  readonly relayCommands: readonly (readonly [string, number])[]
}

/** All agents are on the one node, the console is on the other. */
export async function measureNodes(options: NodesOptions): Promise<readonly NodeRoundTrips[]> {
  const { outstanding: atOnce, rounds, roundTripsAt, pinned } = options
  await using redis = await startRedis()
  await using first = await startHoldpoint(pinned, { HOLDPOINT_REDIS_URL: redis.url })
  await using second = await startHoldpoint(pinned, {
    HOLDPOINT_REDIS_URL: redis.url,
    HOLDPOINT_KEYS: first.server.folder,
  })
  const relayEnv = { REDIS_URL: redis.url }
  await using relay = await startRelay(pinned, relayEnv)
  await using otherRelay = await startRelay(pinned, relayEnv)
  await using ours = await driveHoldpoint(
    { agents: first.server.url, console: second.server.url },
    await tokenMaker(first.server.folder),
  )
  await using bare = await driveRelay({ agents: relay.url, console: otherRelay.url })
  const results: NodeRoundTrips[] = []
  for (const outstanding of atOnce) {
    const count = roundTripsAt(outstanding)
    const measured = []
    // The first warms both up and does not count.
    for (let round = 0; round <= rounds; round++) {
      await ours.rest()
      const held = await runRound(ours, outstanding, count)
      const relayed = await runRound(bare, outstanding, count)
      if (round > 0) measured.push({ held, relayed })
    }
    await ours.rest()
    // By itself, since watching Redis slows it down.
    const commands = await commandsDuring(redis.port, count, () => runRound(ours, outstanding, count))
    const relayCommands = await commandsDuring(redis.port, count, () => runRound(bare, outstanding, count))
    results.push({
      outstanding,
      holdpointPerSecond: spread(measured.map(({ held }) => held.perSecond)),
      relayPerSecond: spread(measured.map(({ relayed }) => relayed.perSecond)),
      ratio: spread(measured.map(({ held, relayed }) => held.perSecond / relayed.perSecond)),
      p50Ms: spread(measured.map(({ held }) => held.p50Ms)),
      p99Ms: spread(measured.map(({ held }) => held.p99Ms)),
      relayP50Ms: spread(measured.map(({ relayed }) => relayed.p50Ms)),
      relayP99Ms: spread(measured.map(({ relayed }) => relayed.p99Ms)),
      commands,
      relayCommands,
    })
  }
  return results
}

/** What Redis's MONITOR tells of: `time [0 address] "command" …`, with `lua` for an address where a script called it. */
const LINE = /^\+[\d.]+ \[\d+ ([^\]]+)\] "([^"]+)"/

async function commandsDuring(
  port: number,
  count: number,
  work: () => Promise<unknown>,
): Promise<readonly (readonly [string, number])[]> {
  const found = new Map<string, number>()
  const socket = connect(port, '127.0.0.1')
  socket.write('MONITOR\r\n')
  const lines = createInterface({ input: socket })
  await new Promise((resolve) => lines.once('line', resolve))
  lines.on('line', (line) => {
    const [, from, command] = LINE.exec(line) ?? []
    if (command && from !== 'lua')
      found.set(command.toLowerCase(), (found.get(command.toLowerCase()) ?? 0) + 1)
  })
  await work()
  socket.destroy()
  return [...found].map(([name, times]) => [name, times / count] as const).sort((a, b) => b[1] - a[1])
}

export function printNodes(results: readonly NodeRoundTrips[], rounds: number): void {
  console.log(
    `\nRound trips between two nodes: median (min–max) of ${rounds} rounds, relays and Holdpoint in turn`,
  )
  console.log(
    table([
      ['at once', 'Holdpoint/s', 'relay/s', 'ratio', 'p50 ms', 'p99 ms', 'relay p50', 'relay p99'],
      ...results.map((one) => [
        String(one.outstanding),
        show(one.holdpointPerSecond),
        show(one.relayPerSecond),
        show(one.ratio, 2),
        show(one.p50Ms, 1),
        show(one.p99Ms, 1),
        show(one.relayP50Ms, 1),
        show(one.relayP99Ms, 1),
      ]),
    ]),
  )
  console.log('\nRedis commands per round trip')
  console.log(
    table([
      ['at once', 'Holdpoint', 'relays', 'Holdpoint by command'],
      ...results.map(({ outstanding, commands, relayCommands }) => [
        String(outstanding),
        total(commands),
        total(relayCommands),
        commands.map(([name, times]) => `${name} ${times.toFixed(2)}`).join(', '),
      ]),
    ]),
  )
}

const total = (commands: readonly (readonly [string, number])[]): string =>
  commands.reduce((sum, [, times]) => sum + times, 0).toFixed(2)
