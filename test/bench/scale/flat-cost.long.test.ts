import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '@holdpoint/shared'
import type { Socket } from 'socket.io-client'
import { expect, it } from 'vitest'
import { type Driver, driveHoldpoint, runRound } from '../round-trips.ts'
import { type HoldpointServer, startHoldpoint } from '../servers.ts'
import { ask, open, openAll } from '../sockets.ts'
import { tokenMaker } from '../tokens.ts'
import { inLanes } from './fill-store.ts'

const FEW = 100
const MANY = Number(process.env.HOLDPOINT_SCALE_AGENTS ?? 10_000)
/** Few enough that on a busy machine, too, each has its answer in time (PR2). */
const AT_ONCE = 16
const COUNT = 1_000
const ROUNDS = 3
const RENEWALS = 5_000
/** Long enough for each connection's sign of life. */
const IDLE_MS = 11_000
/** In the processor's time, which leaves out what other programs on the machine do but not what they do to its caches. */
const MOST = 1.6

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** What its connections cost a server that nobody asks anything, as a share of one processor: signs of life, mostly. */
async function idleShare({ cpuMs }: HoldpointServer): Promise<number> {
  const [before, startedAt] = [cpuMs(), performance.now()]
  await sleep(IDLE_MS)
  return (cpuMs() - before) / (performance.now() - startedAt)
}

/** The server's processor for each of `count` that `work` does, without what it spends anyway while that lasts, µs. */
async function eachUs(
  { cpuMs }: HoldpointServer,
  idle: number,
  count: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const [before, startedAt] = [cpuMs(), performance.now()]
  await work()
  return ((cpuMs() - before - idle * (performance.now() - startedAt)) * 1_000) / count
}

async function roundTripUs(server: HoldpointServer, idle: number, driver: Driver): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await eachUs(server, idle, COUNT, () => runRound(driver, AT_ONCE, COUNT)))
    await driver.rest()
  }
  return median(rounds)
}

interface Idle {
  readonly socket: Socket
  readonly epoch: string
}

async function renewalUs(server: HoldpointServer, idle: number, agents: readonly Idle[]): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push(
      await eachUs(server, idle, RENEWALS, () =>
        inLanes(RENEWALS, AT_ONCE, async (n) => {
          const { socket, epoch } = agents[n % agents.length] as Idle
          await ask(socket, 'lease.renew', { epoch, after: 0 })
        }),
      ),
    )
  return median(rounds)
}

async function warmUp(driver: Driver): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await runRound(driver, AT_ONCE, COUNT)
    await driver.rest()
  }
}

it(`what an agent costs stays the same from ${FEW} agents to ${MANY}`, async () => {
  await using server = await startHoldpoint(false)
  const { url, folder } = server.server
  const tokenFor = await tokenMaker(folder)
  await using driver = await driveHoldpoint({ agents: url, console: url }, tokenFor, FEW)
  const idle: Idle[] = []
  const come = async (count: number): Promise<void> => {
    const first = idle.length
    idle.push(
      ...(await openAll(count, async (n) => {
        const socket = await open(url, '/agent', await tokenFor('agent', `idle-${first + n}`))
        const { run } = await ask<{ run: { epoch: string } }>(socket, 'run.start', {
          key: newId(),
          instance: newId(),
          leaseMs: 60_000,
        })
        return { socket, epoch: run.epoch }
      })),
    )
  }
  try {
    await warmUp(driver)
    await come(FEW)
    const measured = async () => {
      const share = await idleShare(server)
      return {
        share,
        roundTrip: await roundTripUs(server, share, driver),
        renewal: await renewalUs(server, share, idle),
      }
    }
    const few = await measured()
    await come(MANY - FEW)
    const many = await measured()
    console.log(
      `µs of the server with ${FEW} and with ${MANY} agents: a round trip ${few.roundTrip.toFixed(0)} and ` +
        `${many.roundTrip.toFixed(0)} (${(many.roundTrip / few.roundTrip).toFixed(2)}), a renewal ` +
        `${few.renewal.toFixed(0)} and ${many.renewal.toFixed(0)} (${(many.renewal / few.renewal).toFixed(2)}); with nothing to do ` +
        `${(few.share * 100).toFixed(1)} and ${(many.share * 100).toFixed(1)} % of a processor`,
    )
    expect(many.roundTrip / few.roundTrip).toBeLessThan(MOST)
    expect(many.renewal / few.renewal).toBeLessThan(MOST)
  } finally {
    for (const { socket } of idle) socket.disconnect()
  }
})
