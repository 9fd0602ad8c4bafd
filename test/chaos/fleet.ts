import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { testProgram } from '../harness/compiled.ts'
import { type Process, startProcess } from '../harness/process.ts'
import { type Random, random } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import type { AgentOrders, FromAgent, ToAgent } from './agent-messages.ts'
import type { Observation } from './history.ts'

export interface FleetOptions {
  readonly url: string
  readonly agents: readonly string[]
  /** Among how many processes they are dealt out, each of which is killed as one; each its own by default. */
  readonly processes?: number | undefined
  readonly tokenFor: (agent: string) => Promise<string>
  readonly seed: number
  readonly leaseMs: number
  readonly workers: number
  readonly runLength: number
}

/** Agents' processes, each begun anew whenever it is killed, until the fleet is closed. */
export interface Fleet extends AsyncDisposable {
  /** How many runs were begun. */
  readonly lives: number
  /** How many processes were killed. */
  readonly kills: number
  /** How many requests that the checks look at have left, at least: what a killed process did last is not in it. */
  readonly sent: number
  /** The longest that nothing ran in one of the processes, ms. */
  readonly longestStallMs: number
  /** SIGKILL to one of them; another life follows. */
  killOne(): Promise<void>
  /** No new work, until all that was begun is over; returns who did not finish. Instructions are still answered. */
  drain(withinMs: number): Promise<readonly string[]>
  /** Gives the leases back and ends the processes. */
  close(): Promise<void>
  /** What they wrote down, over all their lives, by process. */
  observations(): readonly (readonly Observation[])[]
}

const REST_MS = 100
const CLOSE_WITHIN_MS = 5_000

export function startFleet(options: FleetOptions): Fleet {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-agents-'))
  const chance = random(options.seed)
  const { agents, processes = agents.length } = options
  const members = Array.from({ length: processes }, (_, n) => {
    const own = agents.filter((_agent, i) => i % processes === n)
    return keepAlive(`agents-${n + 1}`, own, options, folder, random(chance.between(1, 1e9)))
  })
  let kills = 0

  return {
    get lives() {
      return members.reduce((sum, member) => sum + member.lives, 0)
    },
    get kills() {
      return kills
    },
    get sent() {
      return members.reduce((sum, member) => sum + member.sent, 0)
    },
    get longestStallMs() {
      return Math.max(...members.map((member) => member.longestStallMs))
    },
    async killOne() {
      kills += 1
      await chance.pick(members).kill()
    },
    async drain(withinMs) {
      const stuck = await Promise.all(members.map((member) => member.drain(withinMs)))
      return stuck.flat()
    },
    async close() {
      await Promise.all(members.map((member) => member.close()))
    },
    observations: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.log'))
        .map((name) => linesOf(join(folder, name))),
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.end()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const linesOf = (path: string): readonly Observation[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Observation)

/** A process of some of the agents, begun anew whenever it was killed. */
function keepAlive(
  name: string,
  agents: readonly string[],
  options: FleetOptions,
  folder: string,
  chance: Random,
) {
  const { url, tokenFor, leaseMs, workers, runLength } = options
  let current: Process | undefined
  let lives = 0
  let sent = 0
  let longestStallMs = 0
  let draining = false
  let drained = new Set<string>()
  let ended = false
  let failure: Error | undefined

  const hear = (message: FromAgent): void => {
    if (message.kind === 'sent') {
      sent += message.count
      longestStallMs = Math.max(longestStallMs, message.stallMs)
    } else if (message.kind === 'drained') drained.add(message.agent)
    else lives += 1
  }
  const live = async (): Promise<void> => {
    const members = await Promise.all(agents.map(async (agent) => ({ agent, token: await tokenFor(agent) })))
    while (!ended) {
      drained = new Set()
      const seed = chance.between(1, 1e9)
      const orders: AgentOrders = { name, members, url, folder, seed, leaseMs, workers, runLength, draining }
      const life = startProcess(testProgram('chaos/agent-process'), { args: [JSON.stringify(orders)] })
      current = life
      life.child.on('message', hear)
      const code = await life.gone
      if (code !== 0 && code !== 'SIGKILL')
        failure ??= new Error(`${name}, of ${agents.join(', ')}, broke (${code}):\n${life.errors()}`)
      await sleep(REST_MS)
    }
  }
  const living = live()
  const send = (message: ToAgent): void => {
    if (current?.child.connected) current.child.send(message, () => {})
  }

  return {
    get lives() {
      return lives
    },
    get sent() {
      return sent
    },
    get longestStallMs() {
      return longestStallMs
    },
    kill: async () => current?.kill(),
    async drain(withinMs: number): Promise<readonly string[]> {
      draining = true
      send('drain')
      const left = () => agents.filter((agent) => !drained.has(agent))
      await until('everything that was begun is over', () => left().length === 0 || failure, {
        withinMs,
      }).catch(() => {})
      return left()
    },
    /** One that does not come to its end by itself is killed. */
    async close() {
      ended = true
      send('close')
      const giveUp = setTimeout(() => void current?.kill(), CLOSE_WITHIN_MS)
      await living
      clearTimeout(giveUp)
      if (failure) throw failure
    },
    async end() {
      ended = true
      await current?.kill()
      await living
    },
  }
}
