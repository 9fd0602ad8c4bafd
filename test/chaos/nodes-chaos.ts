import { setTimeout as sleep } from 'node:timers/promises'
import { type ChainBreak, openRedisStore, systemClock } from '@holdpoint/server'
import { type NodeCluster, nodeCluster } from '../harness/node-cluster.ts'
import { type Random, random } from '../harness/random.ts'
import type { Alteration } from '../harness/server-process.ts'
import { answeredWithinMs } from './answered-within.ts'
import { countsOf } from './counts-of.ts'
import { faults } from './faults.ts'
import type { Fleet } from './fleet.ts'
import type { Span } from './history.ts'
import { chainBreak } from './read-chain.ts'
import { shortTimeouts } from './short-timeouts.ts'
import { type Chaos, type Counts, type Plane, runWorkload } from './workload.ts'

export interface NodesChaosOptions {
  readonly seed: number
  /** How many things go wrong, at least; each kind at least once where there are as many. */
  readonly faults: number
  /** How long it is left in peace between two, at random between these, ms. */
  readonly peaceMs: readonly [number, number]
  /** Goes on until there were this many operations, too, with further faults meanwhile. */
  readonly operations?: number | undefined
  readonly agents: number
  /** Among how many processes they are dealt out; each its own by default. */
  readonly processes?: number | undefined
  /** How many things each of them does at once. */
  readonly workers: number
  /** How many things each person decides at once. */
  readonly deciders?: number | undefined
  readonly runLength?: number
  /** How long a person rests between two interventions, each of which holds agents for a while; ms. */
  readonly interveneEveryMs: readonly [number, number]
  /** Promises that the nodes break, to see that it is noticed. */
  readonly alterations?: readonly Alteration[]
  /** How long everything may take to come to rest, ms; a minute by default. */
  readonly restWithinMs?: number
}

export interface NodesChaos extends Chaos {
  readonly counts: Counts & { readonly faults: Readonly<Record<string, number>> }
}

interface Happened extends Span {
  readonly name: string
}

const NODES = 3
const REST_WITHIN_MS = 60_000

/** Three nodes over one Redis behind a balancer, and everything that can go wrong with them, again and again. */
export async function runNodesChaos(options: NodesChaosOptions): Promise<NodesChaos> {
  const chance = random(options.seed)
  await using cluster = await nodeCluster({
    nodes: NODES,
    alterations: [...shortTimeouts, ...(options.alterations ?? [])],
  })
  const happened: Happened[] = []
  const chaos = await runWorkload(planeOf(cluster), {
    seed: chance.between(1, 1e9),
    agents: Array.from({ length: options.agents }, (_, n) => `${n % 2 === 0 ? 'red' : 'blue'}-${n + 1}`),
    processes: options.processes,
    workers: options.workers,
    deciders: options.deciders,
    ...(options.runLength !== undefined && { runLength: options.runLength }),
    interveneEveryMs: options.interveneEveryMs,
    decideEveryMs: [2, 10],
    restWithinMs: options.restWithinMs ?? REST_WITHIN_MS,
    disturb: (fleet, operations) => disturb(cluster, fleet, operations, options, chance, happened),
  })
  const timing = {
    answeredWithinMs: answeredWithinMs(chaos.counts),
    frozen: happened.filter(({ name }) => name === 'a node is frozen'),
  }
  return {
    ...chaos,
    history: { ...chaos.history, timing },
    counts: { ...chaos.counts, faults: countsOf(happened) },
  }
}

async function disturb(
  cluster: NodeCluster,
  fleet: Fleet,
  operations: () => number,
  { faults: least, peaceMs, operations: work = 0 }: NodesChaosOptions,
  chance: Random,
  happened: Happened[],
): Promise<void> {
  // Every kind in turn, in an order of chance.
  let turn: string[] = []
  for (let count = 0; count < least || operations() < work; count++) {
    await sleep(chance.between(...peaceMs))
    // One in any case: a run without would prove less, and chance alone leaves some short ones without.
    if (chance.chance(0.15) || (count > 0 && fleet.kills === 0)) void fleet.killOne()
    if (turn.length === 0) turn = shuffled(Object.keys(faults), chance)
    const name = turn.pop() as string
    const from = Date.now()
    await faults[name]?.(cluster, chance)
    happened.push({ name, from, to: Date.now() })
  }
  await sleep(chance.between(...peaceMs))
}

function shuffled<T>(from: readonly T[], chance: Random): T[] {
  const left = [...from]
  return from.map(() => left.splice(chance.between(0, left.length - 1), 1)[0] as T)
}

const planeOf = ({ url, token, nodes, redis }: NodeCluster): Plane => ({
  url,
  token,
  async restart() {
    await Promise.all([...nodes.map((node) => node.kill()), redis.signal('SIGKILL')])
    await redis.restart()
    await Promise.all(nodes.map((node) => node.start()))
  },
  async endAndReadChain() {
    await Promise.all(nodes.map((node) => node.stop()))
    return readLog(redis.url)
  },
})

async function readLog(url: string): Promise<ChainBreak | undefined> {
  const store = await openRedisStore({ url, clock: systemClock })
  try {
    return await chainBreak(store)
  } finally {
    await store.close()
  }
}
