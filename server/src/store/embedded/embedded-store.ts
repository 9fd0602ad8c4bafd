/** The port's calls on SQLite. Reads are synchronous inside: on a local file they cost less than a turn of the loop. */
import { type Clock, whenQuiet } from '../../clock.ts'
import type { Copyable } from '../copying.ts'
import {
  type Change,
  type CommitHint,
  type CommitResult,
  type Head,
  type Store,
  StoreUnavailable,
} from '../store.ts'
import { applyChange, draftOf, type EncodedChange, encodeChange, type Tables } from './apply-change.ts'
import { copyDatabase } from './backup.ts'
import { copyPace } from './copy-pace.ts'
import type { DatabaseSteps } from './database-steps.ts'
import type { Disk } from './disk.ts'
import { encodeEntry } from './entry.ts'
import { type Batch, type CommitCounters, groupCommit } from './group-commit.ts'
import { openHistory } from './history.ts'
import type { Journal } from './journal.ts'
import type { Partition } from './log.ts'
import type { Meta } from './meta.ts'
import { partitionOf, tenantOf } from './partitions.ts'
import type { Settling } from './settling.ts'
import { type Db, readSettings, type Settings, sizeOf } from './sqlite.ts'
import type { StoreHealth } from './store-health.ts'
import type { witnessKeeper } from './witness-keeper.ts'
import type { WriteWatch } from './write-watch.ts'

export interface StoreStats extends CommitCounters {
  readonly checkpoints: number
  /** Pages of 4 KiB in the write-ahead log that the database has not. */
  readonly loggedPages: number
  /** Events in the feeds, trimmed ones included. */
  readonly events: number
  /** Size of the database, free pages included, WAL excluded. */
  readonly bytes: number
  /** What SQLite really runs with (PR1: read back and shown). */
  readonly settings: Settings
}

export interface EmbeddedStore extends Store, Copyable {
  stats(): StoreStats
}

/** What an opened folder consists of. */
export interface StoreParts {
  readonly db: Db
  readonly tables: Tables
  readonly steps: DatabaseSteps
  readonly journal: Journal
  readonly settling: Settling
  readonly health: StoreHealth
  readonly meta: Meta
  /** ST10. */
  readonly now: () => number
  readonly witness: ReturnType<typeof witnessKeeper>
  readonly watch: WriteWatch
  readonly clock: Clock
  readonly disk: Disk
  /** Closes the database and lets go of the folder. `isWhole`: it has all that the journal holds, on disk. */
  release(isWhole: boolean): void
}

/** After how long without a commit the tables are given what they lack, ms. */
const QUIET_MS = 500

/** How many events one step of a trim deletes, so that commits get in between. */
const TRIMMED_PER_STEP = 100

export function createStore(parts: StoreParts): EmbeddedStore {
  const { db, tables, steps, journal, settling, health, meta, now, witness, watch, clock, disk, release } =
    parts
  const { log, documents, answers, deadlines, records, blobs } = tables
  const history = openHistory(db)
  const listeners = new Set<(hint: CommitHint) => void>()
  const backups = new Set<AbortController>()
  let closing: Promise<void> | undefined

  function decide(changes: readonly EncodedChange[]): Batch<CommitResult> {
    const draft = draftOf(tables, now())
    const applied = changes.map((encoded) =>
      applyChange(tables, draft, encoded, partitionOf(encoded.change.ref.tenant)),
    )
    const outcomes = applied.map(({ result }) => result)
    const taken = applied.flatMap((one) => one.taken ?? [])
    if (taken.length === 0) return { outcomes, entry: undefined, adopt() {} }
    const entry = encodeEntry({ now: draft.now, changes: taken })
    return {
      outcomes,
      entry,
      adopt() {
        settling.adopt(draft, taken.length)
        tell(outcomes)
      },
    }
  }

  function tell(outcomes: readonly CommitResult[]): void {
    const reached = new Map<string, number>()
    for (const outcome of outcomes)
      if (outcome.status === 'committed') reached.set(outcome.head.partition, outcome.head.seq)
    witness.soon()
    quiet.busy()
    // In a microtask each, after the answers: a listener that throws must not keep anyone from theirs.
    for (const [partition, seq] of reached)
      for (const listener of listeners) queueMicrotask(() => listener({ partition, seq }))
  }

  const commits = groupCommit({ decide, journal, settling, health, onRefused: () => watch.refused() })
  const quiet = whenQuiet(clock, QUIET_MS, () => commits.settle())

  function assertOpen(): void {
    if (closing) throw new StoreUnavailable('The store is closed.')
  }

  /** Nothing is answered once the store is closed or has failed. */
  async function whileOpen<T>(work: () => T): Promise<T> {
    assertOpen()
    health.assertRunning()
    return work()
  }

  /** For what is looked up in the tables in an order of theirs: they must lack nothing of what was there when it was asked for. */
  async function ofTables<T>(work: () => T): Promise<T> {
    await caughtUp()
    return settling.withTables(work)
  }

  /** The same for what changes the tables beside what they are owed. Throws StoreUnavailable where there is no room for that. */
  async function onTables<T>(work: () => T): Promise<T> {
    await caughtUp()
    settling.assertRoom()
    return work()
  }

  async function caughtUp(): Promise<void> {
    assertOpen()
    health.assertRunning()
    await commits.caughtUp()
    // both may have come to their end meanwhile
    assertOpen()
    health.assertRunning()
  }

  const inPartition = <T>(name: string, otherwise: T, work: (partition: Partition) => T): Promise<T> =>
    ofTables(() => {
      const partition = log.partition(name)
      return partition ? work(partition) : otherwise
    })

  function existing(name: string): Partition {
    const partition = log.partition(name)
    if (!partition) throw new RangeError(`There is no partition ${name}.`)
    return partition
  }

  /** Returns the last seq that is gone, and whether that is all that may go. */
  function trimStep(name: string, seq: number): { readonly gone: number; readonly done: boolean } {
    const partition = existing(name)
    const last = Math.min(seq, partition.archivedSeq)
    if (partition.trimmedSeq >= last) return { gone: partition.trimmedSeq, done: true }
    const step = Math.min(last, partition.trimmedSeq + TRIMMED_PER_STEP)
    log.adopt(settling.transact(() => log.trimTo(partition, step)))
    return { gone: step, done: step === last }
  }

  let lastRead = readSettings(db)
  /** What commits go by: within a transaction that brings the tables up to date SQLite flushes less, and nobody is answered by it. */
  function settings(): Settings {
    if (!db.inTransaction) lastRead = readSettings(db)
    return lastRead
  }

  async function finish(): Promise<void> {
    await commits.finish()
    let isWhole = false
    try {
      isWhole = await settling.finish()
      await witness.finish()
    } finally {
      release(isWhole)
    }
  }

  return {
    epoch: meta.epoch,
    now,
    writable: () => watch.writable() && !health.hasFailed,
    partitionOf,

    load: (ref, command) =>
      whileOpen(() => {
        const earlier = command ? answers.find(ref.tenant, command, now()) : undefined
        const { doc, version } = documents.read(ref)
        return { doc, version, earlier, cached: false }
      }),

    async commit(change: Change) {
      assertOpen()
      return commits.add(encodeChange(change))
    },

    listDocuments: (query) => ofTables(() => documents.list(query)),
    record: (tenant, kind, id) => whileOpen(() => records.read(tenant, kind, id)),
    records: (query) => ofTables(() => records.find(query)),
    countOpen: (tenant) => whileOpen(() => records.countOpen(tenant)),
    blob: (tenant, digest) => whileOpen(() => blobs.read(tenant, digest)),

    head: (name) =>
      whileOpen((): Head => {
        const { tenant, seq, hash } = log.partition(name) ?? { tenant: tenantOf(name), seq: 0, hash: '' }
        return { partition: name, tenant, seq, hash }
      }),
    heads: () => whileOpen(() => log.heads()),
    // nothing can take the place of files that this process holds
    assertCurrent: async () => {},
    readFeed: (name, after, limit) =>
      inPartition(name, [], (partition) => log.readFeed(partition, after, limit)),
    hashAt: (name, seq) => inPartition(name, undefined, (partition) => log.hashAt(partition, seq)),
    readPushes: (tenant, agent, after, limit) =>
      inPartition(partitionOf(tenant), [], (partition) => log.readPushes(partition, agent, after, limit)),
    history: (query) => inPartition(partitionOf(query.tenant), [], (partition) => history(partition, query)),

    claimDeadlines: (limit, leaseMs) => whileOpen(() => deadlines.claim(now(), limit, leaseMs)),
    nextDeadlineAt: () => whileOpen(() => deadlines.nextAt(now())),

    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    confirmArchived: (name, seq, hash) =>
      onTables(() => {
        const partition = existing(name)
        if (log.hashAt(partition, seq) !== hash)
          throw new RangeError(`The archive's event ${seq} of ${name} is not the one in the log.`)
        log.adopt(settling.transact(() => log.confirmArchived(partition, seq)))
      }),

    async trim(name, seq) {
      for (;;) {
        const { gone, done } = await onTables(() => trimStep(name, seq))
        if (done) return gone
        await new Promise((resolve) => setImmediate(resolve))
      }
    },

    stats: () => ({
      ...commits.counters,
      checkpoints: steps.checkpoints,
      loggedPages: steps.loggedPages,
      events: log.heads().reduce((sum, { seq }) => sum + seq, 0),
      bytes: sizeOf(db),
      settings: settings(),
    }),

    async backup(file, { told, signal } = {}) {
      // what was acknowledged until now is in the tables, and so in the copy
      await onTables(() => {})
      const ended = new AbortController()
      backups.add(ended)
      const pace = copyPace()
      const { undone } = steps
      const isSetBack = (): boolean => steps.undone !== undone
      const leave = settling.besides(pace)
      try {
        const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
        await copyDatabase(
          db,
          file,
          { told, signal: either },
          { isSetBack, pace, flushApart: disk.flushApart },
        )
      } catch (error) {
        throw ended.signal.aborted ? ended.signal.reason : error
      } finally {
        leave()
        backups.delete(ended)
      }
    },

    close() {
      for (const backup of backups) backup.abort(new StoreUnavailable('The store is closed.'))
      watch.stop()
      quiet.stop()
      closing ??= finish()
      return closing
    },
  }
}
