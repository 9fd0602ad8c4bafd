import type { Clock } from '../../clock.ts'
import { StoreUnusable } from '../store.ts'
import { type Chain, openChain } from './chain.ts'
import { type Connection, openConnection, type Reply } from './connection.ts'
import { defectWatch } from './defects.ts'
import {
  assertKeepsAll,
  assertPrimary,
  assertPromised,
  assertRecent,
  hasWaitAof,
  type Promised,
  type RedisSettings,
  readSettings,
} from './durability.ts'
import { settleEpoch } from './history-loss.ts'
import { partitionOf, redisKeys, tenantOf } from './keys.ts'
import { type Meta, readMeta, readOrCreateMeta, readTenants, recordTenant } from './meta.ts'
import { createStore, type RedisStore } from './redis-store.ts'
import { isOfReplica } from './refusals.ts'
import { REPLICAS_WITHIN_MS, type Replicas } from './replicas.ts'
import { scripts } from './script.ts'
import { settingsWatch } from './settings-watch.ts'
import { readStandings } from './standings.ts'
import { storeTime } from './time.ts'
import { readWitness, type Witness, type WitnessFile, witnessFile } from './witness.ts'

export interface RedisOptions {
  /** `redis[s]://[user:password@]host:port[/db]`. Redis 7.0 or later. */
  readonly url: string
  readonly clock: Clock
  /** What every key begins with; `holdpoint:` by default. */
  readonly prefix?: string
  /** PR1: refuse a Redis that promises less. */
  readonly strict?: Promised
  /** Where replicas may be promoted: a commit counts once that many have it. */
  readonly replicas?: Pick<Replicas, 'atLeast'> & Partial<Replicas>
  /** A file on this node's own disk that remembers where the feeds stood (ST9). Without one only running nodes do. */
  readonly witness?: string
  /**
   * Told once when Redis turned out to hold another history than this node has seen, or another node has raised the epoch:
   * end the process and start it anew, under the new epoch.
   */
  readonly onFatal?: (error: Error) => void
  /** Told what Redis runs with, on each new connection that can be used, and every few seconds. */
  readonly onSettings?: (settings: RedisSettings) => void
  /** Told what Redis refuses though its state is no hindrance: a defect, or a mistake in how it is set up. Waiting mends neither. */
  readonly onDefect?: (error: Error) => void
  /** Told where history that was seen before is gone, or may be (ST9), with the epoch that it goes on with. */
  /** A store of the layout before may be brought over: no node of that version runs any more. */
  readonly upgrade?: boolean | undefined
  readonly onHistoryLost?: (epochs: { readonly epoch: number; readonly previousEpoch: number }) => void
  /** Instead of Redis's own time and the node's monotonic clock: for tests, which can't move those. */
  readonly manualTime?: Pick<Clock, 'now' | 'monotonicMs'>
}

type Link = Pick<Connection, 'send' | 'run'>

/**
 * Opens one node's view of the store that any number of nodes share.
 * Throws StoreUnavailable where Redis can't be reached, StoreUnusable where it holds another layout or promises less than
 * `strict` says.
 */
export async function openRedisStore(options: RedisOptions): Promise<RedisStore> {
  const { url, clock, prefix = 'holdpoint:', strict, replicas, onFatal = () => {}, manualTime } = options
  const defects = defectWatch(clock, options.onDefect ?? (() => {}))
  const keys = redisKeys(prefix)
  const time = storeTime(manualTime ?? clock)
  const replaced = (): string => (manualTime ? String(manualTime.now()) : '')
  const timeArgs = (): readonly [string, string] => [String(time.now()), replaced()]
  let settings: RedisSettings | undefined
  let meta: Meta | undefined
  let chain: Chain | undefined
  let failure: StoreUnusable | undefined

  async function redisTime({ send }: Pick<Link, 'send'>): Promise<number> {
    if (manualTime) return manualTime.now()
    const [seconds, micros] = (await send('TIME')) as readonly Reply[]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  async function prepare(link: Link): Promise<void> {
    settings = await readSettings(link)
    assertRecent(settings)
    assertPrimary(settings)
    assertKeepsAll(settings)
    if (strict) assertPromised(settings, strict)
    await Promise.all(Object.values(scripts).map(({ text }) => link.send('SCRIPT', 'LOAD', text)))
    if (meta) await lookAgain(link, meta)
    else meta = await lookFirst(link)
    options.onSettings?.(settings)
  }

  async function lookFirst(link: Link): Promise<Meta> {
    const wall = await redisTime(link)
    time.learn(wall)
    const found = await readOrCreateMeta(link, keys, wall, options.upgrade)
    const witnessed = options.witness === undefined ? undefined : readWitness(options.witness)
    // Each feed that this node has seen is one that it must read, whatever was taken off the list meanwhile.
    const feeds = [...(witnessed?.heads.keys() ?? [])]
    await Promise.all(feeds.map((partition) => recordTenant(link, keys, tenantOf(partition))))
    const partitions = (await readTenants(link, keys)).map(partitionOf)
    const standings = await readStandings(link, keys, partitions)
    time.learn(Math.max(wall, ...standings.map(({ at }) => at)))
    const epoch = await settleEpoch({ connection: link, keys, timeArgs }, found, witnessed)
    if (witnessed && epoch > witnessed.epoch)
      options.onHistoryLost?.({ epoch, previousEpoch: witnessed.epoch })
    return { ...found, epoch }
  }

  /** Of a connection that is used. Replicas come and go, and each commit says by itself whether it has enough of them. */
  function judgeAgain(found: RedisSettings): void {
    assertKeepsAll(found)
    if (strict) assertPromised(found, { ...strict, replicas: 0 })
    settings = found
    options.onSettings?.(found)
  }

  /** What is there now is what this node is the witness of from now on. */
  async function witnessAll(connection: Link, from: Chain): Promise<void> {
    const partitions = (await readTenants(connection, keys)).map(partitionOf)
    const standings = await readStandings(connection, keys, partitions)
    await Promise.all(standings.map(({ partition, seq }) => from.hash(partition, seq)))
  }

  /** On every later connection: is it still the Redis that this node has seen? */
  async function lookAgain(link: Link, known: Meta): Promise<void> {
    if (failure) return
    const found = (await currentMeta(link)) ?? (await readOrCreateMeta(link, keys, await redisTime(link)))
    const epoch = await settleEpoch({ connection: link, keys, timeArgs }, found, witnessed(known))
    if (epoch !== known.epoch) fail(known.epoch, epoch)
  }

  /** A newer version has brought the store over: what this one wrote from here on would forget what it does not know. */
  const currentMeta = (link: Link): Promise<Meta | undefined> =>
    readMeta(link, keys).catch((error: unknown) => {
      if (error instanceof StoreUnusable && !failure) {
        failure = error
        onFatal(error)
      }
      throw error
    })

  const witnessed = (known: Meta): Witness => ({ ...known, heads: chain?.witnessed() ?? new Map() })

  function fail(before: number, epoch: number): void {
    if (failure) return
    failure = new StoreUnusable(
      `Redis holds another history than this node has seen (the store epoch is ${epoch}, it was ${before}); ` +
        'start the node anew.',
    )
    onFatal(failure)
  }

  const connection = await openConnection({
    url,
    clock,
    prepare,
    onRefused(error) {
      defects.met(error)
      // It keeps its connections; another Redis has taken its address since, or will.
      if (isOfReplica(error)) connection.renew()
    },
  })
  if (!meta || !settings) throw new Error('a connection was used before it was prepared')
  const opened: Meta = meta
  const known = () => settings as RedisSettings
  const seen = openChain(connection, keys, clock)
  let witness: WitnessFile
  try {
    await witnessAll(connection, seen)
    chain = seen
    witness = witnessFile(options.witness, clock, () => witnessed(opened))
    await witness.write()
  } catch (error) {
    await connection.close()
    throw error
  }

  return createStore({
    connection,
    keys,
    meta: opened,
    clock,
    chain: seen,
    time,
    redisTime: () => redisTime(connection),
    timeArgs,
    replicas: replicas && {
      withinMs: REPLICAS_WITHIN_MS,
      ...replicas,
      get onDisk() {
        return replicas.onDisk ?? hasWaitAof(known())
      },
    },
    witness,
    settings: known,
    settingsWatch: settingsWatch(connection, clock, { known, judge: judgeAgain }),
    defects: () => defects.count,
    failure: () => failure,
    onLost: () => void lookAgain(connection, opened).catch(() => {}),
  })
}
