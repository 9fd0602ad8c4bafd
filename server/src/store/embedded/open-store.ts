import type { Cancel, Clock } from '../../clock.ts'
import { type Change, type CommitHint, type CommitResult, type Store, StoreUnavailable } from '../store.ts'
import { answersTable } from './answers.ts'
import {
  applyChange,
  type Draft,
  type EncodedChange,
  encodeChange,
  releaseClaims,
  type Tables,
} from './apply-change.ts'
import { blobsTable } from './blobs.ts'
import { deadlinesTable } from './deadlines.ts'
import { documentsTable } from './documents.ts'
import type { Faults } from './faults.ts'
import { heldBy, prepareFolder, removeHolder, type StoreFiles, storeFiles, writeHolder } from './folder.ts'
import { type Batch, type CommitCounters, groupCommit } from './group-commit.ts'
import { openHistory } from './history.ts'
import { judge } from './history-loss.ts'
import { encodeEvent, openLog } from './log.ts'
import { type Meta, metaTable } from './meta.ts'
import { migrate } from './migrate.ts'
import { recordsTable } from './records.ts'
import { migrations } from './schema.ts'
import {
  assertDurable,
  assertSound,
  configure,
  connect,
  type Db,
  damaged,
  readSettings,
  type Settings,
  sqliteCode,
  takeExclusively,
} from './sqlite.ts'
import { readWitness, writeWitness } from './witness.ts'

export interface EmbeddedOptions {
  /** Made 0700 where it doesn't exist; holds everything. Must be on a local file system. */
  readonly folder: string
  readonly clock: Clock
  /** Told once when the disk did not confirm a write (PR1): end the process, it can't promise anything any more. */
  readonly onFatal?: (error: Error) => void
  /** For the sentence that tells a second process who holds the folder. */
  readonly pid?: number
  /** For tests only. */
  readonly faults?: Faults
}

export interface StoreStats extends CommitCounters {
  /** Events in the feeds, trimmed ones included. */
  readonly events: number
  /** Size of the database, free pages included, WAL excluded. */
  readonly bytes: number
  readonly settings: Settings
}

export interface EmbeddedStore extends Store {
  stats(): StoreStats
}

/** How long the witness may be behind the feeds, ms. */
const WITNESS_AFTER_MS = 1_000
/** How many expired answers one commit may clear away: more than it can add, so they never pile up. */
const PURGED_PER_COMMIT = 4
/** How many events one step of a trim deletes, so that commits get in between. */
const TRIMMED_PER_STEP = 1_000

/**
 * Opens the store of one process: SQLite in WAL with an fsync per batch of commits.
 * Throws StoreHeld where another process (or this one) has it open, StoreUnusable where it is damaged, of a newer
 * version, or could not be durable.
 */
export async function openEmbeddedStore(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const files = storeFiles(options.folder)
  prepareFolder(files)
  const db = connect(files.database)
  try {
    const meta = prepareDatabase(db, files, options)
    const tables = openTables(db)
    return await start(db, files, meta, tables, options)
  } catch (error) {
    db.close()
    throw error
  }
}

function prepareDatabase(db: Db, files: StoreFiles, { clock, pid, faults = {} }: EmbeddedOptions): Meta {
  try {
    takeExclusively(db)
  } catch (error) {
    const code = sqliteCode(error)
    if (code?.startsWith('SQLITE_BUSY')) throw heldBy(files)
    if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) throw damaged(files.database, code)
    throw error
  }
  writeHolder(files, pid, clock.now())
  configure(db, faults.skipFsync ?? false)
  assertSound(db, files.database)
  migrate(db, migrations)
  const meta = metaTable(db).readOrCreate()
  if (!faults.skipFsync) assertDurable(readSettings(db))
  // A process that ended over a failed fsync leaves a WAL that reads well but may not be on disk: writing its pages
  // anew, with a new fsync, makes sure before anything is built on them.
  db.pragma('wal_checkpoint(TRUNCATE)')
  return meta
}

const openTables = (db: Db): Tables => ({
  log: openLog(db),
  documents: documentsTable(db),
  answers: answersTable(db),
  deadlines: deadlinesTable(db),
  records: recordsTable(db),
  blobs: blobsTable(db),
})

/** `<tenant>/0`: one process needs no more than one partition per tenant. */
const partitionOf = (tenant: string): string => `${tenant}/0`

async function start(
  db: Db,
  files: StoreFiles,
  meta: Meta,
  tables: Tables,
  { clock, onFatal = () => {}, faults = {} }: EmbeddedOptions,
): Promise<EmbeddedStore> {
  const { log, documents, answers, deadlines, records, blobs } = tables
  const metaRow = metaTable(db)
  const history = openHistory(db)
  const listeners = new Set<(hint: CommitHint) => void>()
  let lastCommit = meta.lastCommit
  let closing: Promise<void> | undefined

  const now = (): number => Math.max(clock.now(), lastCommit)

  const batch: Batch<EncodedChange, CommitResult> = {
    write(changes) {
      const draft: Draft = { now: now(), log: log.draft(), openCounts: new Map() }
      const outcomes = changes.map((one) =>
        applyChange(tables, draft, one, partitionOf(one.change.ref.tenant), faults),
      )
      const changed = outcomes.some(({ status }) => status === 'committed')
      if (changed) {
        draft.log.save()
        metaRow.setLastCommit(draft.now)
        answers.purge(draft.now, changes.length * PURGED_PER_COMMIT)
      }
      return { outcomes, changed, adopt: () => adopt(draft, changes, outcomes) }
    },
  }

  function adopt(draft: Draft, changes: readonly EncodedChange[], outcomes: readonly CommitResult[]): void {
    lastCommit = Math.max(lastCommit, draft.now)
    draft.log.adopt()
    records.adoptCounts(draft.openCounts)
    const reached = new Map<string, number>()
    for (const [i, outcome] of outcomes.entries()) {
      const encoded = changes[i]
      if (outcome.status !== 'committed' || !encoded) continue
      releaseClaims(tables, encoded)
      reached.set(outcome.head.partition, outcome.head.seq)
    }
    if (reached.size > 0) witnessSoon()
    for (const [partition, seq] of reached)
      for (const listener of listeners) queueMicrotask(() => listener({ partition, seq }))
  }

  const commits = groupCommit(db, batch, onFatal, faults)

  // -- the witness ----------------------------------------------------------------------------------------------

  let epoch = meta.epoch
  let witnessTimer: Cancel | undefined
  let witnessing: Promise<void> = Promise.resolve()

  const witness = (): Promise<void> =>
    writeWitness(files.heads, { storeId: meta.storeId, epoch, heads: log.heads() })

  function witnessSoon(): void {
    witnessTimer ??= clock.after(WITNESS_AFTER_MS, () => {
      witnessTimer = undefined
      // Failing to write it loses no commit: it only sees less at the next start.
      witnessing = witnessing.then(witness).catch(() => {})
    })
  }

  /** ST9: raises the epoch, and puts into each feed that lost something that it did. */
  async function settleEpoch(): Promise<void> {
    const verdict = judge(meta, log, readWitness(files.heads), now())
    epoch = verdict.epoch
    if (epoch !== meta.epoch) {
      const draft = log.draft()
      const at = now()
      commits.transact(() => {
        metaRow.setEpoch(epoch)
        for (const { partition, tenant, witnessed, found } of verdict.lost) {
          const data = { epoch, previousEpoch: meta.epoch, witnessed: { ...witnessed }, found: { ...found } }
          const event = encodeEvent({ type: 'store.history_lost', by: 'system', data })
          draft.append({ partition, tenant }, { at }, [event])
        }
        draft.save()
        metaRow.setLastCommit(at)
      })
      draft.adopt()
      lastCommit = at
    }
    await witness()
  }

  await settleEpoch()

  // -- the port -------------------------------------------------------------------------------------------------

  /** Every read goes through here: nothing is answered once the store is closed or failed. */
  async function read<T>(work: () => T): Promise<T> {
    assertOpen()
    commits.assertRunning()
    return work()
  }

  function assertOpen(): void {
    if (closing) throw new StoreUnavailable('The store is closed.')
  }

  async function close(): Promise<void> {
    await commits.drained()
    witnessTimer?.()
    await witnessing
    await witness().catch(() => {})
    // While the lock is still held, so that a successor's file is not removed.
    removeHolder(files)
    db.close()
  }

  const existing = (partition: string) => {
    const standing = log.partition(partition)
    if (!standing) throw new RangeError(`There is no partition ${partition}.`)
    return standing
  }

  function trimStep(partition: string, seq: number): { readonly done: boolean; readonly gone: number } {
    const standing = existing(partition)
    const last = Math.min(seq, standing.archivedSeq)
    if (standing.trimmedSeq >= last) return { done: true, gone: standing.trimmedSeq }
    const step = Math.min(last, standing.trimmedSeq + TRIMMED_PER_STEP)
    log.adopt(commits.transact(() => log.trimTo(standing, step)))
    return { done: step === last, gone: step }
  }

  return {
    get epoch() {
      return epoch
    },
    now,
    partitionOf,

    load: (ref, command) =>
      read(() => {
        const earlier =
          command && !faults.forgetAnswers ? answers.find(ref.tenant, command, now()) : undefined
        return { ...documents.read(ref), ...(earlier ? { earlier } : {}), cached: false }
      }),

    async commit(change: Change) {
      assertOpen()
      return commits.add(encodeChange(change))
    },

    listDocuments: (query) => read(() => documents.list(query)),
    record: (tenant, kind, id) => read(() => records.read(tenant, kind, id)),
    records: (query) => read(() => records.find(query)),
    countOpen: (tenant) => read(() => records.countOpen(tenant)),
    blob: (tenant, digest) => read(() => blobs.read(tenant, digest)),

    head: (partition) =>
      read(() => {
        const { tenant, seq, hash } = log.partition(partition) ?? {
          tenant: tenantOf(partition),
          seq: 0,
          hash: '',
        }
        return { partition, tenant, seq, hash }
      }),
    heads: () => read(() => log.heads()),
    readFeed: (partition, after, limit) =>
      read(() => {
        const standing = log.partition(partition)
        return standing ? log.readFeed(standing, after, limit) : []
      }),
    hashAt: (partition, seq) =>
      read(() => {
        const standing = log.partition(partition)
        return standing && log.hashAt(standing, seq)
      }),
    readPushes: (tenant, agent, after, limit) =>
      read(() => {
        const standing = log.partition(partitionOf(tenant))
        return standing ? log.readPushes(standing, agent, after, limit) : []
      }),
    history: (query) =>
      read(() => {
        const standing = log.partition(partitionOf(query.tenant))
        return standing ? history(standing, query) : []
      }),

    claimDeadlines: (limit, leaseMs) => read(() => deadlines.claim(now(), limit, leaseMs)),
    nextDeadlineAt: () => read(() => deadlines.nextAt(now())),

    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    confirmArchived: (partition, seq, hash) =>
      read(() => {
        const standing = existing(partition)
        if (log.hashAt(standing, seq) !== hash)
          throw new RangeError(`The archive's event ${seq} of ${partition} is not the one in the log.`)
        log.adopt(commits.transact(() => log.confirmArchived(standing, seq)))
      }),

    async trim(partition, seq) {
      for (;;) {
        const { done, gone } = await read(() => trimStep(partition, seq))
        if (done) return gone
        await new Promise((resolve) => setImmediate(resolve))
      }
    },

    stats: () => ({
      ...commits.counters,
      events: log.heads().reduce((sum, { seq }) => sum + seq, 0),
      bytes:
        Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true })),
      settings: readSettings(db),
    }),

    close() {
      closing ??= close()
      return closing
    },
  }
}

const tenantOf = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'))
