import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ChainPosition,
  openRedisStore,
  type RedisStore,
  systemClock,
  verifyChain,
} from '@holdpoint/server'
import { agentRef, startedBy, TENANT } from '../contract/store-harness.ts'
import { powerCutDisk } from '../harness/power-cut-disk.ts'
import { random } from '../harness/random.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'

export interface PowerCuts {
  readonly cycles: number
  readonly acknowledged: number
  /** Commits that were acknowledged before the power went, and are not there now that it is back; a sentence each. */
  readonly lost: readonly string[]
  /** How long the log is in the end. */
  readonly events: number
  /** Where the log's hashes don't fit each other. */
  readonly broken: readonly string[]
}

export interface PowerCutOptions {
  readonly appendfsync: 'always' | 'everysec'
  readonly seed: number
  readonly cycles: number
  /** Ends early once so many were lost. */
  readonly enough?: number
}

const WRITERS = 16
const PREFIX = 'holdpoint:'
const PAGE = 1_000
/** How long commits go on before the power goes, at random between these. Unit: ms. */
const POWERED_MS = [20, 400] as const

/** A real Redis on a disk whose power is cut at a random moment under load, again and again. */
export async function cutPower(options: PowerCutOptions): Promise<PowerCuts> {
  const { appendfsync, seed, cycles, enough = Number.POSITIVE_INFINITY } = options
  const chance = random(seed)
  await using disk = powerCutDisk()
  await using redis = await startRedis('--dir', disk.folder, '--appendfsync', appendfsync)
  const lost: string[] = []
  let acknowledged = 0
  let cycle = 0
  while (cycle < cycles && lost.length < enough) {
    cycle += 1
    const written = await writeUntil(
      redis,
      `cycle-${cycle}`,
      () => sleep(chance.between(...POWERED_MS)),
      disk.cut,
    )
    // It may have noticed by itself that its disk is gone.
    await redis.signal('SIGKILL')
    disk.restore()
    await redis.restart()
    lost.push(...(await missing(redis, written)))
    for (const steps of written.values()) acknowledged += steps
  }
  const log = await readLog(redis)
  await redis.signal('SIGKILL')
  return { cycles: cycle, acknowledged, lost, ...log }
}

/** By document: the last step that was acknowledged before the power went. */
type Written = ReadonlyMap<string, number>

async function writeUntil(
  redis: RedisProcess,
  name: string,
  enough: () => Promise<unknown>,
  cut: () => void,
): Promise<Written> {
  const store = await open(redis)
  const written = new Map<string, number>()
  let powered = true
  const write = async (agent: string): Promise<void> => {
    for (let step = 1; powered; step++) {
      try {
        const result = await store.commit({
          ref: agentRef(agent),
          expectedVersion: step - 1,
          at: store.now(),
          doc: { step },
          events: [{ ...startedBy(agent), data: { step } }],
        })
        if (result.status !== 'committed') throw new Error(`the only writer of ${agent} got ${result.status}`)
      } catch (error) {
        if (powered) throw error
        return
      }
      // An answer that is only read after the cut may have been given after it, too.
      if (powered) written.set(agent, step)
    }
  }
  const writing = Array.from({ length: WRITERS }, (_, n) => write(`${name}-${n}`))
  try {
    await Promise.race([enough(), ...writing])
  } finally {
    powered = false
    cut()
  }
  await redis.signal('SIGKILL')
  await Promise.all(writing)
  await store.close()
  return written
}

async function missing(redis: RedisProcess, written: Written): Promise<readonly string[]> {
  const store = await open(redis)
  const found = await Promise.all(
    [...written].map(async ([agent, step]) => {
      const { version } = await store.load(agentRef(agent))
      return version >= step ? [] : [`${agent} stands at ${version}, and ${step} was acknowledged.`]
    }),
  )
  await store.close()
  return found.flat()
}

async function readLog(redis: RedisProcess): Promise<Pick<PowerCuts, 'events' | 'broken'>> {
  const store = await open(redis)
  const partition = store.partitionOf(TENANT)
  let from: ChainPosition = { seq: 0, hash: '' }
  for (;;) {
    const events = await store.readFeed(partition, from.seq, PAGE)
    const broken = verifyChain(events, from)
    const last = events.at(-1)
    if (!broken && last) {
      from = last
      continue
    }
    await store.close()
    return { events: from.seq, broken: broken ? [`seq ${broken.seq}: ${broken.reason}`] : [] }
  }
}

const open = (redis: RedisProcess): Promise<RedisStore> =>
  openRedisStore({ url: redis.url, prefix: PREFIX, clock: systemClock })
