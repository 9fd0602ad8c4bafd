import { setTimeout as sleep } from 'node:timers/promises'
import { HoldpointError, OperatorClient } from '@holdpoint/client/operator'
import { newId } from '@holdpoint/shared'
import { testProgram } from '../harness/compiled.ts'
import { type NodeCluster, nodeCluster } from '../harness/node-cluster.ts'
import { type Process, startProcess } from '../harness/process.ts'
import { until } from '../harness/until.ts'
import type { FromStorm, StormMember, StormOrders, ToStorm } from './storm-messages.ts'

export interface Storm {
  readonly agents: number
  /** From the moment all were dropped until the last knew where it stands, and had what it was told meanwhile. */
  readonly caughtUpMs: number
  readonly medianMs: number
  /** How long each stop took meanwhile, from its order until it was committed. */
  readonly stopsMs: readonly number[]
  /** Agents that did not go on with the run they had, or may not act; none of those that were stopped. */
  readonly notBack: readonly string[]
}

export interface StormOptions {
  readonly agents: number
  readonly leaseMs: number
  /** How many agents are stopped, one after the other, while the rest come back. */
  readonly stops: number
  readonly withinMs: number
}

const PROCESSES = 2
/** Agents that are told something while they are away. */
const INSTRUCTED = 100
const TEXT = 'what you were told while you were away'
const UP_WITHIN_MS = 180_000
const LOOK_EVERY_MS = 250
const AGAIN_MS = 50

/** All agents of three nodes are dropped at once; while they come back, some are told something, and some are stopped. */
export async function runStorm(options: StormOptions): Promise<Storm> {
  const { stops, withinMs } = options
  await using cluster = await nodeCluster({ nodes: 3 })
  await using crowd = await gather(cluster, options)
  // Past the balancer, which is about to go.
  await using ana = new OperatorClient({
    url: cluster.nodes[0]?.url ?? '',
    token: await cluster.token('admin', 'ana'),
    timeoutMs: withinMs,
  })
  await ana.ready()
  const before = new Map((await crowd.look()).map(({ agent, epoch }) => [agent, epoch]))

  const droppedAt = Date.now()
  await cluster.balancer.restart()
  const [stopped, instructed] = [crowd.agents.slice(0, stops), crowd.agents.slice(-INSTRUCTED)]
  const telling = Promise.all(
    instructed.map((agent) => persistently((given) => ana.inject(agent, TEXT, undefined, given))),
  )
  telling.catch(() => {})
  const stopsMs: number[] = []
  for (const agent of stopped) {
    const askedAt = performance.now()
    await persistently((given) => ana.stop(agent, 'in the middle of the storm', given))
    stopsMs.push(performance.now() - askedAt)
  }
  await telling
  const caughtUpAt = ({ agent, resumedAt = 0, told }: StormMember): number | undefined => {
    const toldAt = instructed.includes(agent) ? told.find(({ text }) => text === TEXT)?.at : 0
    return toldAt === undefined || resumedAt < droppedAt ? undefined : Math.max(resumedAt, toldAt)
  }
  let missing: readonly StormMember[] = []
  const members = await until(
    'everybody is back',
    async () => {
      const found = (await crowd.look()).filter(({ agent }) => !stopped.includes(agent))
      missing = found.filter((member) => caughtUpAt(member) === undefined)
      return missing.length === 0 && found
    },
    { withinMs: withinMs * 4, everyMs: LOOK_EVERY_MS },
  ).catch((error: unknown) => {
    const some = JSON.stringify(missing.slice(0, 3))
    throw new Error(`${missing.length} did not come back since ${droppedAt}: ${some}`, { cause: error })
  })
  const tookMs = members.map((member) => (caughtUpAt(member) ?? 0) - droppedAt).sort((a, b) => a - b)
  return {
    agents: members.length,
    caughtUpMs: tookMs.at(-1) ?? 0,
    medianMs: tookMs[Math.floor(tookMs.length / 2)] ?? 0,
    stopsMs,
    notBack: members
      .filter(({ agent, epoch, canContinue }) => !canContinue || epoch !== before.get(agent))
      .map(({ agent }) => agent),
  }
}

/** As a person would: again under the same key, while it is said that it can be asked again. */
async function persistently<T>(command: (given: { readonly key: string }) => Promise<T>): Promise<T> {
  const key = newId()
  for (;;) {
    try {
      return await command({ key })
    } catch (error) {
      if (!(error instanceof HoldpointError && error.retryable)) throw error
      await sleep(AGAIN_MS)
    }
  }
}

interface Gathered extends AsyncDisposable {
  readonly agents: readonly string[]
  look(): Promise<readonly StormMember[]>
}

async function gather(cluster: NodeCluster, { agents: count, leaseMs }: StormOptions): Promise<Gathered> {
  const agents = Array.from({ length: count }, (_, n) => `storm-${n}`)
  const members = await Promise.all(
    agents.map(async (agent) => ({ agent, token: await cluster.token('agent', agent) })),
  )
  const processes = Array.from({ length: PROCESSES }, (_, p) => {
    const mine = members.filter((_member, n) => n % PROCESSES === p)
    return stormProcess({ url: cluster.url, leaseMs, members: mine })
  })
  const look = async () => (await Promise.all(processes.map((one) => one.look()))).flat()
  const end = async () => void (await Promise.all(processes.map((one) => one.process.kill())))
  try {
    const isUp = async () =>
      (await look()).filter(({ epoch, canContinue }) => epoch !== undefined && canContinue).length === count
    await until('all agents are up', isUp, { withinMs: UP_WITHIN_MS, everyMs: LOOK_EVERY_MS })
  } catch (error) {
    await end()
    throw error
  }
  return { agents, look, [Symbol.asyncDispose]: end }
}

function stormProcess(orders: StormOrders) {
  const process: Process = startProcess(testProgram('chaos/storm-process'))
  const send = (message: ToStorm): void => void process.child.send(message, () => {})
  let broke: string | undefined
  let looking: ((members: readonly StormMember[]) => void)[] = []
  process.child.on('message', (message: FromStorm) => {
    if (message.kind === 'broke') broke ??= `${message.agent}: ${message.error}`
    else for (const seen of looking.splice(0)) seen(message.members)
  })
  const failed = process.gone.then((code) => {
    looking = []
    throw new Error(`a process of the storm ended with ${code}:\n${process.errors()}`)
  })
  failed.catch(() => {})
  send({ kind: 'begin', orders })
  return {
    process,
    look(): Promise<readonly StormMember[]> {
      if (broke !== undefined) return Promise.reject(new Error(broke))
      const seen = new Promise<readonly StormMember[]>((resolve) => looking.push(resolve))
      send({ kind: 'look' })
      return Promise.race([failed, seen])
    },
  }
}
