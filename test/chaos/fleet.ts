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
  readonly tokenFor: (agent: string) => Promise<string>
  readonly seed: number
  readonly leaseMs: number
  readonly workers: number
  readonly runLength: number
}

/** Agents' processes, each in life after life until the fleet is drained. */
export interface Fleet extends AsyncDisposable {
  /** How many lives there were, and how many ended by SIGKILL. */
  readonly lives: number
  readonly kills: number
  /** SIGKILL to one of them; another life follows. */
  killOne(): Promise<void>
  /** No new work, until all that was begun is over; returns who did not finish. Instructions are still answered. */
  drain(withinMs: number): Promise<readonly string[]>
  /** Gives the leases back and ends the processes. */
  close(): Promise<void>
  /** What they wrote down, over all their lives. */
  observations(): readonly Observation[]
}

const REST_MS = 100
const CLOSE_WITHIN_MS = 5_000

export function startFleet(options: FleetOptions): Fleet {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-agents-'))
  const chance = random(options.seed)
  const members = options.agents.map((agent) =>
    keepAlive(agent, options, folder, random(chance.between(1, 1e9))),
  )
  let kills = 0

  return {
    get lives() {
      return members.reduce((sum, member) => sum + member.lives, 0)
    },
    get kills() {
      return kills
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
        .flatMap((name) => linesOf(join(folder, name))),
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

function keepAlive(agent: string, options: FleetOptions, folder: string, chance: Random) {
  const { url, tokenFor, leaseMs, workers, runLength } = options
  let current: Process | undefined
  let lives = 0
  let draining = false
  let drained = false
  let ended = false
  let failure: Error | undefined

  const live = async (): Promise<void> => {
    const token = await tokenFor(agent)
    while (!ended) {
      lives += 1
      drained = false
      const orders: AgentOrders = {
        agent,
        url,
        token,
        folder,
        seed: chance.between(1, 1e9),
        leaseMs,
        workers,
        runLength,
        draining,
      }
      const life = startProcess(testProgram('chaos/agent-process'), { args: [JSON.stringify(orders)] })
      current = life
      life.child.on('message', (message: FromAgent) => {
        if (message.kind === 'drained') drained = true
      })
      const code = await life.gone
      if (code !== 0 && code !== 'SIGKILL')
        failure ??= new Error(`agent ${agent} broke (${code}):\n${life.errors()}`)
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
    kill: async () => current?.kill(),
    async drain(withinMs: number) {
      draining = true
      send('drain')
      try {
        await until('everything that was begun is over', () => drained || failure, { withinMs })
        return []
      } catch {
        return [agent]
      }
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
