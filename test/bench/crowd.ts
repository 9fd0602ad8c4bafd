/** Many clients that do nothing: how fast they come, what they cost, and how long an order takes to reach the last one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '@holdpoint/shared'
import type { Socket } from 'socket.io-client'
import type { ProcessUsage } from '../harness/process-usage.ts'
import { startHoldpoint, startRelay } from './servers.ts'
import { ask, open, openAll } from './sockets.ts'
import { spread, table } from './statistics.ts'
import { tokenMaker } from './tokens.ts'

/** Each with a token, a run and a lease of its own; or bare connections to the relay. */
interface Seen {
  readonly connectsPerSecond: number
  /** CPU time of the server per connect, µs: what stays the same on a busy machine. */
  readonly connectCpuUs: number
  /** Resident memory that each one adds, bytes. */
  readonly bytes: number
  /** From sending the order (or the broadcast) until the last one has it. */
  readonly toLastMs: number
}

export interface Crowd {
  readonly clients: number
  /** Each on fresh servers, one after the other. */
  readonly rounds: readonly { readonly agents: Seen; readonly bare: Seen }[]
}

/** So many come and go first, until the code is compiled that lets them in and the heap has the size that they take. */
const WARM_UP = 1_000

export async function measureCrowd(clients: number, rounds: number, pinned: boolean): Promise<Crowd> {
  const measured: Crowd['rounds'][number][] = []
  for (let round = 0; round < rounds; round++)
    measured.push({ agents: await agents(clients, pinned), bare: await bare(clients, pinned) })
  return { clients, rounds: measured }
}

/** Of one thing over what the bare one's came to in the same round. */
export const crowdRatio = ({ rounds }: Crowd, value: (seen: Seen) => number): number =>
  spread(rounds.map(({ agents: ours, bare: theirs }) => value(ours) / value(theirs))).median

async function agents(clients: number, pinned: boolean): Promise<Seen> {
  await using holdpoint = await startHoldpoint(pinned)
  const { url, folder } = holdpoint.server
  const tokenFor = await tokenMaker(folder)
  // signed beforehand: that is no work of the server's
  const tokens = await openAll(WARM_UP + clients, (n) => tokenFor('agent', `idle-${n}`))
  const console = await open(url, '/operator', await tokenFor('admin', 'ana'))
  await ask(console, 'sync', {})
  return await look(
    holdpoint,
    clients,
    async (n) => {
      const socket = await open(url, '/agent', tokens[n])
      await ask(socket, 'run.start', { key: newId(), instance: newId() })
      return socket
    },
    () => ask(console, 'agent.stop', { key: newId(), target: { all: true }, reason: 'the benchmark asks' }),
    [console],
  )
}

async function bare(clients: number, pinned: boolean): Promise<Seen> {
  await using relay = await startRelay(pinned)
  const console = await open(relay.url, '/operator')
  return await look(
    relay,
    clients,
    () => open(relay.url, '/agent'),
    () => ask(console, 'stop', {}),
    [console],
  )
}

async function look(
  server: ProcessUsage,
  clients: number,
  connect: (n: number) => Promise<Socket>,
  stop: () => Promise<unknown>,
  others: readonly Socket[],
): Promise<Seen> {
  for (const early of await openAll(WARM_UP, connect)) early.disconnect()
  const before = await settled(server)
  const cpuMs = server.cpuMs()
  const startedAt = performance.now()
  const sockets = await openAll(clients, (n) => connect(WARM_UP + n))
  const tookMs = performance.now() - startedAt
  const connectCpuUs = ((server.cpuMs() - cpuMs) * 1_000) / clients
  const after = await settled(server)
  const reached = Promise.all(
    sockets.map((socket) => new Promise<void>((resolve) => socket.once('order', () => resolve()))),
  )
  const stoppedAt = performance.now()
  const answered = stop()
  await reached
  const toLastMs = performance.now() - stoppedAt
  await answered
  for (const socket of [...sockets, ...others]) socket.disconnect()
  return {
    connectsPerSecond: (clients / tookMs) * 1_000,
    connectCpuUs,
    bytes: (after - before) / clients,
    toLastMs,
  }
}

export function printCrowds(crowds: readonly Crowd[]): void {
  console.log('\nMany at once: agents with token, run and lease, beside bare connections; medians')
  const columns: readonly (readonly [string, (seen: Seen) => number, number])[] = [
    ['connects/s', (seen) => seen.connectsPerSecond, 0],
    ['server µs', (seen) => seen.connectCpuUs, 0],
    ['KiB each', (seen) => seen.bytes / 1024, 1],
    ['stop all ms', (seen) => seen.toLastMs, 0],
  ]
  console.log(
    table([
      ['clients', 'rounds', ...columns.flatMap(([name]) => [name, 'bare', 'ratio'])],
      ...crowds.map((crowd) => [
        String(crowd.clients),
        String(crowd.rounds.length),
        ...columns.flatMap(([, value, digits]) => [
          spread(crowd.rounds.map((round) => value(round.agents))).median.toFixed(digits),
          spread(crowd.rounds.map((round) => value(round.bare))).median.toFixed(digits),
          crowdRatio(crowd, value).toFixed(2),
        ]),
      ]),
    ]),
  )
}

const LOOK_MS = 500
/** Still enough: less than a hundredth more or less between two looks. */
const STILL = 0.01
/** So many looks in a row: what is given back comes a step at a time. */
const STILL_LOOKS = 6
const LOOKS = 40

/** Once it no longer moves: right after a burst, a heap holds what the next collection frees. */
async function settled(process: ProcessUsage): Promise<number> {
  let last = process.rss()
  let still = 0
  for (let look = 0; look < LOOKS && still < STILL_LOOKS; look++) {
    await sleep(LOOK_MS)
    const now = process.rss()
    still = Math.abs(now - last) < STILL * last ? still + 1 : 0
    last = now
  }
  return last
}
