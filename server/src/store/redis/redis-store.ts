/** The port's calls on Redis. */
import { ErrorReply } from 'redis'
import type { Clock } from '../../clock.ts'
import {
  type CommitHint,
  type Head,
  OutcomeUnknown,
  type Store,
  StoreUnavailable,
  StoreUnusable,
} from '../store.ts'
import { type Chain, keptHash } from './chain.ts'
import { type CommitCounters, commitQueue } from './commit-queue.ts'
import { AnswerLost, type Connection, type Reply } from './connection.ts'
import { claimDeadlines, nextDeadlineAt } from './deadlines.ts'
import { listDocuments, loadDocument } from './documents.ts'
import { assertPrimary, type RedisSettings, readRole } from './durability.ts'
import { encodeChange } from './encode-change.ts'
import { readFeed, readHistory, readPushes } from './events.ts'
import { assertFollowed } from './following.ts'
import { type Keys, partitionOf, tenantOf } from './keys.ts'
import { agree, type Meta, readMeta, readTenants, recordTenant } from './meta.ts'
import { countOpen, readRecord, readRecords } from './records.ts'
import { isDefect, refusalIn } from './refusals.ts'
import { confirmReplicated, type Replicas } from './replicas.ts'
import { scripts } from './script.ts'
import { readStandings } from './standings.ts'
import type { StoreTime } from './time.ts'
import type { WitnessFile } from './witness.ts'
import { writeWatch } from './write-watch.ts'

export interface RedisStats extends CommitCounters {
  readonly connected: boolean
  /** How often a connection was made. */
  readonly connects: number
  /** How many calls Redis refused for another reason than its own state. */
  readonly defects: number
  /** AG4: how many looks found too few replicas following this Redis to rest a lease on. */
  readonly unfollowed: number
  /** PR1: what Redis said of itself a moment ago. */
  readonly settings: RedisSettings
}

export interface RedisStore extends Store {
  /**
   * What all nodes use under this name: what the first one wrote, or `own` where it may replace that. Beside the data,
   * and no part of its history.
   */
  agree(name: string, own: string, replaces: (standing: string) => boolean): Promise<string>
  stats(): RedisStats
}

/** What an opened store consists of. */
export interface StoreParts {
  readonly connection: Connection
  readonly keys: Keys
  readonly meta: Meta
  readonly clock: Clock
  readonly chain: Chain
  readonly time: StoreTime
  /** Redis's own time, ms. */
  readonly redisTime: () => Promise<number>
  /** The first two arguments of every script that asks for the time. */
  readonly timeArgs: () => readonly [string, string]
  readonly replicas: Replicas | undefined
  readonly witness: WitnessFile
  readonly settings: () => RedisSettings
  readonly settingsWatch: { stop(): void }
  /** How many calls Redis refused for another reason than its own state. */
  readonly defects: () => number
  /** Why nothing is answered any more, or undefined. */
  readonly failure: () => StoreUnusable | undefined
  /** What Redis holds is not what this node has seen; looks at it and ends the store. */
  readonly onLost: () => void
}

/** Which partitions there are is asked again after this long: a new tenant of another node waits for it, ms. */
const TENANTS_FOR_MS = 500
/** Events that one step of a trim deletes, so that commits get in between. */
const TRIMMED_PER_STEP = 100

export function createStore(parts: StoreParts): RedisStore {
  const { connection, keys, meta, clock, chain, time, redisTime, timeArgs, witness } = parts
  const learnTime = time.learn
  const listeners = new Set<(hint: CommitHint) => void>()
  const place = { connection, keys, chain, timeArgs, learnTime }
  const recorded = new Map<string, Promise<void>>()
  let tenants: ReadonlySet<string> = new Set()
  let tenantsReadAt = Number.NEGATIVE_INFINITY
  let closing: Promise<void> | undefined
  /** Over which connection heads were read. */
  const readOver = new WeakMap<readonly Head[], number>()
  let accepted = 0
  let unfollowed = 0
  const idle: (() => void)[] = []

  const watch = writeWatch(connection, keys, clock)
  const commits = commitQueue({
    connection,
    keys,
    chain,
    clock,
    epoch: meta.epoch,
    replicas: parts.replicas,
    timeArgs,
    learnTime,
    onLost: parts.onLost,
    onRefused: watch.refused,
    onCommitted(hint) {
      witness.soon()
      for (const listener of listeners) queueMicrotask(() => listener(hint))
    },
  })

  function assertOpen(): void {
    if (closing) throw new StoreUnavailable('The store is closed.')
    const failure = parts.failure()
    if (failure) throw failure
  }

  /** ST7: closing waits for what was taken here. */
  async function accept<T>(work: () => Promise<T>): Promise<T> {
    assertOpen()
    accepted += 1
    try {
      return await work()
    } finally {
      accepted -= 1
      if (accepted === 0) for (const wake of idle.splice(0)) wake()
    }
  }

  /** For what has no effect, or none that isn't harmless to repeat: losing its answer is the same as not asking. */
  const ask = <T>(work: () => Promise<T>): Promise<T> => accept(() => refused(work))

  /** Before a tenant's first write: how many partitions it has is settled for good. */
  function knowTenant(tenant: string): Promise<void> {
    const known = recorded.get(tenant)
    if (known) return known
    const recording = recordTenant(connection, keys, tenant).then(() => {
      tenants = new Set([...tenants, tenant])
    })
    recorded.set(tenant, recording)
    recording.catch(() => recorded.delete(tenant))
    return recording
  }

  async function confirmEarlier(head: string): Promise<void> {
    if (!parts.replicas) return
    await confirmReplicated(connection, head, parts.replicas).catch((error: Error) => {
      throw new OutcomeUnknown(`The answer is not known to stand (${error.message}).`, { cause: error })
    })
  }

  async function partitions(withinMs = TENANTS_FOR_MS): Promise<string[]> {
    if (clock.monotonicMs() - tenantsReadAt >= withinMs) {
      const askedAt = clock.monotonicMs()
      const [known, found] = [tenants, new Set(await readTenants(connection, keys))]
      // Taken away behind the store's back; who starts now would know nothing of what is ordered there.
      const lost = [...known].filter((tenant) => !found.has(tenant))
      await Promise.all(lost.map((tenant) => recordTenant(connection, keys, tenant)))
      tenants = new Set([...found, ...tenants])
      tenantsReadAt = askedAt
    }
    return [...tenants].toSorted().map(partitionOf)
  }

  const headAt = async (partition: string, seq: number): Promise<Head> => ({
    partition,
    tenant: tenantOf(partition),
    seq,
    hash: await chain.hash(partition, seq),
  })

  /** What leases rest on (AG4), so nothing in it may be of another time or history than what this node has seen. */
  async function readHeads(): Promise<Head[]> {
    const [seen, kept] = [chain.witnessed(), chain.keptUpTo()]
    const [names, told, standingMeta] = await Promise.all([
      partitions(0),
      redisTime().then((now) => ({ now, cameAt: time.cameAt() })),
      readMeta(connection, keys).catch((error: unknown) => {
        // looked at again there, and ended
        if (error instanceof StoreUnusable) parts.onLost()
        throw error
      }),
    ])
    const over = connection.connects
    const [standings, role] = await Promise.all([
      readStandings(connection, keys, names),
      readRole(connection),
    ])
    try {
      assertPrimary(role)
    } catch (error) {
      // One that became a replica keeps its connections; another Redis has taken its address since, or will.
      connection.renew()
      throw error
    }
    const isOther = standingMeta?.storeId !== meta.storeId || standingMeta.epoch > meta.epoch
    if (isOther || standings.some((one) => chain.contradicts(one, seen.get(one.partition)))) {
      parts.onLost()
      throw new StoreUnavailable('Redis holds another history than this node has seen.')
    }
    learnTime(told.now, told.cameAt)
    for (const one of standings) chain.handInAgain(one, kept.get(one.partition))
    const heads = await Promise.all(
      standings.filter(({ seq }) => seq > 0).map(({ partition, seq }) => headAt(partition, seq)),
    )
    readOver.set(heads, over)
    return heads
  }

  async function assertCurrent(heads: readonly Head[]): Promise<void> {
    if (!parts.replicas) return
    try {
      await assertFollowed(connection, keys, parts.replicas)
      // that one is followed says nothing of the one before
      if (readOver.get(heads) !== connection.connects)
        throw new StoreUnavailable('Redis was connected to anew after the heads were read.')
    } catch (error) {
      unfollowed += 1
      throw error
    }
  }

  async function standingSeq(partition: string): Promise<number> {
    const [standing] = await readStandings(connection, keys, [partition])
    return standing?.seq ?? 0
  }

  /** Of an event that is kept, or of the last one trimmed. */
  async function hashAt(partition: string, seq: number): Promise<string | undefined> {
    // Redis refuses to look for what is no place in a stream, as if it could not be read
    if (!Number.isSafeInteger(seq) || seq < 1) return undefined
    const kept = await keptHash(connection, keys, partition, seq)
    if (kept !== undefined) return kept
    const [standing] = await readStandings(connection, keys, [partition])
    if (!standing || seq > standing.seq || seq <= standing.trimmedSeq) return undefined
    return chain.hash(partition, seq)
  }

  return {
    epoch: meta.epoch,
    now: time.now,
    writable: () => watch.writable() && parts.failure() === undefined,
    partitionOf,

    agree: (name, own, replaces) => ask(() => agree(connection, keys, { name, own, replaces })),

    load: (ref, command) =>
      ask(async () => {
        const loaded = await loadDocument(connection, keys, ref, command, time.now)
        // ST3: an answer that is found counts as much as one that is given.
        if (loaded.earlier) await confirmEarlier(keys.head(partitionOf(ref.tenant)))
        return loaded
      }),

    commit: (change) =>
      accept(async () => {
        const encoded = encodeChange(change)
        const { tenant } = change.ref
        // Without waiting where that is not needed: what comes in one turn shall go in one call.
        if (!tenants.has(tenant)) await refused(() => knowTenant(tenant))
        return commits.add(partitionOf(tenant), encoded)
      }),

    listDocuments: (query) => ask(() => listDocuments(connection, keys, query)),
    record: (tenant, kind, id) => ask(() => readRecord(connection, keys, tenant, kind, id)),
    records: (query) => ask(() => readRecords(connection, keys, query)),
    countOpen: (tenant) => ask(() => countOpen(connection, keys, tenant)),
    blob: (tenant, digest) =>
      ask(async () => {
        const text = await connection.send('GET', `${keys.head(partitionOf(tenant))}:blob:${digest}`)
        return typeof text === 'string' ? text : undefined
      }),

    head: (partition) => ask(async () => headAt(partition, await standingSeq(partition))),
    heads: () => ask(() => readHeads()),
    assertCurrent: (heads) => ask(() => assertCurrent(heads)),
    readFeed: (partition, after, limit) => ask(() => readFeed(place, partition, after, limit)),
    hashAt: (partition, seq) => ask(() => hashAt(partition, seq)),
    readPushes: (tenant, agent, after, limit) => ask(() => readPushes(place, tenant, agent, after, limit)),
    history: (query) => ask(() => readHistory(place, query)),

    claimDeadlines: (limit, leaseMs) =>
      ask(async () => claimDeadlines(place, await partitions(), limit, leaseMs)),
    nextDeadlineAt: () => ask(async () => nextDeadlineAt(place, await partitions())),

    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    confirmArchived: (partition, seq, hash) =>
      ask(async () => {
        if ((await hashAt(partition, seq)) !== hash)
          throw new RangeError(`The archive's event ${seq} of ${partition} is not the one in the log.`)
        await connection.run(scripts.confirmArchived, keys.head(partition), [String(seq)])
      }),

    trim: (partition, seq) =>
      ask(async () => {
        // What has no hash in Redis yet can't go.
        await chain.hash(partition, Math.min(seq, await standingSeq(partition)))
        await chain.handIn(partition)
        for (;;) {
          const args = [String(seq), String(TRIMMED_PER_STEP)]
          const [gone, done] = (await connection.run(
            scripts.trim,
            keys.head(partition),
            args,
          )) as readonly Reply[]
          if (done === 1) return Number(gone)
        }
      }),

    stats: () => ({
      ...commits.counters,
      connected: connection.ready,
      connects: connection.connects,
      defects: parts.defects(),
      unfollowed,
      settings: parts.settings(),
    }),

    close() {
      closing ??= (async () => {
        watch.stop()
        parts.settingsWatch.stop()
        if (accepted > 0) await new Promise<void>((resolve) => idle.push(resolve))
        await chain.finish()
        await witness.finish()
        await connection.close()
      })()
      return closing
    },
  }
}

/** What Redis refuses as its state is, or did not answer, as a call that came to nothing; a defect as what it is. */
async function refused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isOutage = error instanceof ErrorReply && (refusalIn(error) !== undefined || !isDefect(error))
    if (isOutage || error instanceof AnswerLost) throw new StoreUnavailable(error.message, { cause: error })
    throw error
  }
}
