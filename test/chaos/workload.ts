import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ChainBreak } from '@holdpoint/server'
import { HOUR, type Role } from '@holdpoint/shared'
import { random } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { tapWire } from '../harness/wire-tap.ts'
import { countsOf } from './counts-of.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type Ghost, haunt } from './ghost.ts'
import type { History, Observation } from './history.ts'
import { isCommand } from './observed.ts'
import { observe } from './observer.ts'
import { type Operator, type OperatorOptions, startOperator, type Tally } from './operators.ts'
import { readBack } from './read-back.ts'
import { replicaTruth } from './replica-truth.ts'

/** What the workload works on. */
export interface Plane {
  readonly url: string
  token(role: Role, subject: string, labels?: Readonly<Record<string, string>>): Promise<string>
  /** Once everything has come to rest: what was only in memory goes. */
  restart(): Promise<void>
  /** Ends it; the first break in the log that it left behind, or undefined. */
  endAndReadChain(): Promise<ChainBreak | undefined>
}

export interface WorkloadOptions {
  readonly seed: number
  readonly agents: readonly string[]
  /** Among how many processes they are dealt out; each its own by default. */
  readonly processes?: number | undefined
  /** How many things each agent does at once. */
  readonly workers: number
  /** How much each does in a run that nothing cuts short; the next run is another process, which costs. */
  readonly runLength?: number
  /** How many things each person decides at once; 3 by default. */
  readonly deciders?: number | undefined
  /** How long each of a person's loops that decide rests between two decisions, ms. */
  readonly decideEveryMs: readonly [number, number]
  /** How long a person rests between two interventions, ms. */
  readonly interveneEveryMs: readonly [number, number]
  /** How long everything may take to come to rest, ms. */
  readonly restWithinMs: number
  /** What goes wrong while they work; the workload goes on until it resolves. `operations`: how many there were, about. */
  readonly disturb: (fleet: Fleet, operations: () => number) => Promise<void>
}

export interface Chaos {
  readonly history: History
  readonly counts: Counts
  /** Where consoles' pictures differ from what is found, and where the log's chain breaks; a sentence each. */
  readonly alsoWrong: readonly string[]
}

/** What happened, so that a run in which nothing did can't pass for a proof. */
export interface Counts {
  readonly agentKills: number
  readonly agentLives: number
  readonly requests: number
  readonly acts: number
  /** Requests that the checks look at, and how many of each name. */
  readonly operations: number
  readonly byName: Readonly<Record<string, number>>
  /** Sent, and never answered. */
  readonly unanswered: number
  readonly events: number
  readonly observerConnections: number
  readonly ghost: Ghost['tally']
  readonly operators: readonly Tally[]
  /** How often somebody was refused what only others may do. */
  readonly forbidden: number
  /** The longest that nothing else ran in this process or an agents', whose own delay is no fault of the plane's; ms. */
  readonly longestStallMs: number
  /** How long everything took to come to rest, ms. */
  readonly restedInMs: number
  /** How far the wall clock was set back at most while this process looked at it, ms. */
  readonly setBackMs: number
  /** Agents that did not finish what they had begun. */
  readonly stuck: readonly string[]
}

const LEASE_MS = 800
const GHOST = 'ghost'
/** How much longer the work goes on at most until that was tried. */
const FORBIDDEN_WITHIN_MS = 10_000
const PERSONS = { ana: 'admin', bo: 'admin', cy: 'operator', watcher: 'viewer' } as const
const RUN_LENGTH = 150

/**
 * Agents, operators and a watcher at work while things go wrong; then everything comes to rest, the plane is restarted once
 * more, and all is read back.
 */
export async function runWorkload(plane: Plane, options: WorkloadOptions): Promise<Chaos> {
  const { seed, agents, workers, decideEveryMs, interveneEveryMs, restWithinMs, disturb } = options
  const chance = random(seed)
  const stalls = monitorEventLoopDelay({ resolution: 10 })
  stalls.enable()
  const observations: Observation[] = []
  let sentHere = 0
  let setBackMs = 0
  const note = (observation: Observation): void => {
    setBackMs = Math.max(setBackMs, (observations.at(-1)?.at ?? 0) - observation.at)
    observations.push(observation)
    if (observation.kind === 'sent') sentHere += 1
  }
  const untap = tapWire(isCommand, (tapped) => note(tapped as Observation))
  using _ = { [Symbol.dispose]: untap }
  const { url } = plane
  await using watcher = observe(url, await plane.token(PERSONS.watcher, 'watcher'), 'watcher', note)
  await using fleet = startFleet({
    url,
    agents,
    processes: options.processes,
    tokenFor: (agent) => plane.token('agent', agent, { team: agent.split('-')[0] as string }),
    seed: chance.between(1, 1e9),
    leaseMs: LEASE_MS,
    workers,
    runLength: options.runLength ?? RUN_LENGTH,
  })
  const operatorFor = async (
    name: keyof typeof PERSONS,
    own: Partial<OperatorOptions> = {},
  ): Promise<Operator> =>
    startOperator({
      url,
      token: await plane.token(PERSONS[name], name),
      seed: chance.between(1, 1e9),
      agents,
      interveneEveryMs,
      deciders: options.deciders,
      decideEveryMs,
      ...own,
    })
  await using ana = await operatorFor('ana')
  await using bo = await operatorFor('bo')
  // Who tries to release what is not theirs to release.
  await using cy = await operatorFor('cy', {
    deciders: 1,
    decideEveryMs: [20, 100],
    interveneEveryMs: [HOUR, HOUR],
  })
  const operators = [ana, bo]
  const ghost = haunt(url, await plane.token('agent', GHOST), chance.between(1, 1e9))

  try {
    await disturb(fleet, () => fleet.sent + sentHere)
    // chance alone may have kept it from meeting anything of that kind in a short run
    await until('somebody was refused what only others may do', () => cy.tally.refused.forbidden, {
      withinMs: FORBIDDEN_WITHIN_MS,
    }).catch(() => {})
  } finally {
    await ghost[Symbol.asyncDispose]()
  }

  const restingSince = performance.now()
  for (const operator of operators) await operator.calm()
  const stuck = await fleet.drain(restWithinMs)
  await until(
    'every instruction is answered, and no approval waits',
    async () =>
      (await ana.client.agents()).agents.every(({ open }) => open.instructions + open.approvals === 0),
    { withinMs: restWithinMs, everyMs: 100 },
  ).catch(() => {})
  const restedInMs = Math.round(performance.now() - restingSince)
  await fleet.close()
  for (const operator of [...operators, cy]) await operator.end()

  await plane.restart()
  const found = await readBack(url, await plane.token('viewer', 'auditor'))
  const end = found.events.at(-1)?.seq ?? 0
  const inSync = (): boolean =>
    operators.every(({ client }) => client.connection.status === 'live' && client.replica.seq >= end)
  await until('consoles have read to the end', inSync, { withinMs: 15_000 }).catch(() => {})
  await until('the watcher has read to the end', () => watcher.seq >= end, { withinMs: 15_000 })

  const pictures = [...replicaTruth('ana', ana.client, found), ...replicaTruth('bo', bo.client, found)]
  const chain = await plane.endAndReadChain()

  const all = inOrder([observations, ...fleet.observations()])
  const sent = all.filter((one) => one.kind === 'sent')
  const answered = new Set(all.flatMap((one) => (one.kind === 'answered' ? [one.exchange] : [])))
  return {
    history: {
      observations: all,
      readBack: found,
      leaseMs: LEASE_MS,
      roles: new Map(Object.entries(PERSONS)),
    },
    counts: {
      agentKills: fleet.kills,
      agentLives: fleet.lives,
      requests: requestsIn(all),
      acts: actsIn(all),
      operations: sent.length,
      byName: countsOf(sent),
      unanswered: sent.filter(({ exchange }) => !answered.has(exchange)).length,
      events: found.events.length,
      observerConnections: watcher.connections,
      ghost: ghost.tally,
      operators: operators.map(({ tally }) => tally),
      forbidden: cy.tally.refused.forbidden ?? 0,
      longestStallMs: Math.max(stalls.max / 1e6, fleet.longestStallMs),
      restedInMs,
      setBackMs,
      stuck,
    },
    alsoWrong: [
      ...pictures,
      ...(chain ? [`The log's chain breaks at seq ${chain.seq}: ${chain.reason}`] : []),
    ],
  }
}

/** By time; those of one process stay in the order in which it saw them, also where the clock was set back meanwhile. */
function inOrder(processes: readonly (readonly Observation[])[]): readonly Observation[] {
  const placed = processes.flatMap((observations) => {
    let latest = 0
    return observations.map((observation) => {
      latest = Math.max(latest, observation.at)
      return { observation, at: latest }
    })
  })
  return placed.sort((a, b) => a.at - b.at).map(({ observation }) => observation)
}

export const requestsIn = (observations: readonly Observation[]): number =>
  observations.filter((one) => one.kind === 'sent' && one.name === 'action.request').length

export const actsIn = (observations: readonly Observation[]): number =>
  observations.filter((one) => one.kind === 'act').length
