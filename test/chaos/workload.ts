import { setTimeout as sleep } from 'node:timers/promises'
import { random } from '../harness/random.ts'
import { type Alteration, type ServerOptions, serverProcess } from '../harness/server-process.ts'
import { until } from '../harness/until.ts'
import { tapWire } from '../harness/wire-tap.ts'
import { startFleet } from './fleet.ts'
import { haunt } from './ghost.ts'
import type { History, Observation } from './history.ts'
import { isCommand } from './observed.ts'
import { observe } from './observer.ts'
import { type Operator, startOperator, type Tally } from './operators.ts'
import { readBack } from './read-back.ts'
import { readChain } from './read-chain.ts'
import { replicaTruth } from './replica-truth.ts'

export interface WorkloadOptions {
  readonly seed: number
  /** How often the server is killed, at least. */
  readonly kills: number
  /** Goes on until agents have asked for this many actions, too: a slow machine needs more kills for as much work. */
  readonly requests?: number
  /** How long it lives before each, at random between these, ms. */
  readonly lifeMs: readonly [number, number]
  readonly server?: ServerOptions
  /** Begins nothing new after this, kills or none; ms. */
  readonly budgetMs?: number
  /** How long everything may take to come to rest, ms. */
  readonly restWithinMs?: number
}

export interface Chaos {
  readonly history: History
  readonly counts: Counts
  /** Where consoles' pictures differ from what is found, and where the log's chain breaks; a sentence each. */
  readonly alsoWrong: readonly string[]
}

/** What happened, so that a run in which nothing did can't pass for a proof. */
export interface Counts {
  readonly serverKills: number
  readonly agentKills: number
  readonly agentLives: number
  readonly requests: number
  readonly acts: number
  /** Sent, and never answered. */
  readonly unanswered: number
  readonly events: number
  readonly observerConnections: number
  readonly ghost: { readonly takeovers: number; readonly words: number; readonly refused: number }
  readonly operators: readonly Tally[]
  /** Agents that did not finish what they had begun. */
  readonly stuck: readonly string[]
}

/** Time-outs that are hours in the shipped policy, in seconds: so that they run out amid the kills. */
export const shortTimeouts: readonly Alteration[] = [
  ['timeoutMs: HOUR', 'timeoutMs: 2 * SECOND'],
  [
    "required: { role: 'approver', factor: false, timeoutMs: 24 * HOUR }",
    "required: { role: 'approver', factor: false, timeoutMs: 3 * SECOND }",
  ],
  ['useByMs: 15 * MINUTE', 'useByMs: 2 * SECOND'],
].map(([from = '', to = '']) => ({ module: 'shared/dist/policy/defaults.js', from, to }))

const LEASE_MS = 800
const AGENTS = ['red-1', 'red-2', 'blue-1', 'blue-2']
const GHOST = 'ghost'

/**
 * Agents, operators and a watcher at work on one server, that is killed again and again at random moments, as are the
 * agents; then everything comes to rest, the server is killed once more, and all is read back.
 */
export async function runChaos(options: WorkloadOptions): Promise<Chaos> {
  const { seed, kills, requests = 0, lifeMs, restWithinMs = 30_000 } = options
  const { budgetMs = Number.POSITIVE_INFINITY } = options
  const chance = random(seed)
  const observations: Observation[] = []
  const note = (observation: Observation): void => void observations.push(observation)
  await using server = await serverProcess({
    ...options.server,
    alterations: [...shortTimeouts, ...(options.server?.alterations ?? [])],
  })
  await server.start()
  const untap = tapWire(isCommand, (tapped) => note(tapped as Observation))
  using _ = { [Symbol.dispose]: untap }
  const { url } = server
  await using watcher = observe(url, await server.token('viewer', 'watcher'), 'watcher', note)
  await using fleet = startFleet({
    url,
    agents: AGENTS,
    tokenFor: (agent) => server.token('agent', agent, { team: agent.split('-')[0] as string }),
    seed: chance.between(1, 1e9),
    leaseMs: LEASE_MS,
    workers: 5,
    runLength: 150,
  })
  const operatorFor = async (name: string): Promise<Operator> =>
    startOperator({
      url,
      token: await server.token('admin', name),
      seed: chance.between(1, 1e9),
      agents: AGENTS,
      interveneEveryMs: [50, 400],
    })
  await using ana = await operatorFor('ana')
  await using bo = await operatorFor('bo')
  const operators = [ana, bo]
  const ghost = haunt(url, await server.token('agent', GHOST), chance.between(1, 1e9))

  let serverKills = 0
  const startedAt = performance.now()
  const workIsLeft = (): boolean =>
    serverKills < kills || (requests > 0 && requestsIn(fleet.observations()) < requests)
  try {
    while (workIsLeft() && performance.now() - startedAt < budgetMs) {
      await sleep(chance.between(...lifeMs))
      if (chance.chance(0.4)) void fleet.killOne()
      await server.kill()
      serverKills += 1
      await server.start()
    }
    await sleep(chance.between(...lifeMs))
  } finally {
    await ghost[Symbol.asyncDispose]()
  }

  for (const operator of operators) await operator.calm()
  const stuck = await fleet.drain(restWithinMs)
  await until(
    'every instruction is answered',
    async () => (await ana.client.agents()).agents.every(({ open }) => open.instructions === 0),
    { withinMs: restWithinMs, everyMs: 100 },
  ).catch(() => {})
  await fleet.close()
  for (const operator of operators) await operator.end()

  await server.kill()
  await server.start()
  const found = await readBack(url, await server.token('viewer', 'auditor'))
  const end = found.events.at(-1)?.seq ?? 0
  const inSync = (): boolean =>
    operators.every(({ client }) => client.connection.status === 'live' && client.replica.seq >= end)
  await until('consoles have read to the end', inSync, { withinMs: 15_000 }).catch(() => {})
  await until('the watcher has read to the end', () => watcher.seq >= end, { withinMs: 15_000 })

  const pictures = [...replicaTruth('ana', ana.client, found), ...replicaTruth('bo', bo.client, found)]
  await server.stop()
  const chain = await readChain(server.folder)

  const all = [...observations, ...fleet.observations()].sort((a, b) => a.at - b.at)
  const answered = new Set(all.flatMap((one) => (one.kind === 'answered' ? [one.exchange] : [])))
  return {
    history: { observations: all, readBack: found, leaseMs: LEASE_MS },
    counts: {
      serverKills: serverKills + 1,
      agentKills: fleet.kills,
      agentLives: fleet.lives,
      requests: requestsIn(all),
      acts: all.filter((one) => one.kind === 'act').length,
      unanswered: all.filter((one) => one.kind === 'sent' && !answered.has(one.exchange)).length,
      events: found.events.length,
      observerConnections: watcher.connections,
      ghost: ghost.tally,
      operators: operators.map(({ tally }) => tally),
      stuck,
    },
    alsoWrong: [
      ...pictures,
      ...(chain ? [`The log's chain breaks at seq ${chain.seq}: ${chain.reason}`] : []),
    ],
  }
}

const requestsIn = (observations: readonly Observation[]): number =>
  observations.filter((one) => one.kind === 'sent' && one.name === 'action.request').length
