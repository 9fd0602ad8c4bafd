/** The port's calls on SQLite. Reads are synchronous inside: on a local file they cost less than a turn of the loop. */
import type { Clock } from '../../clock.ts'
import {
  type Change,
  type CommitHint,
  type CommitResult,
  type Head,
  type Store,
  StoreUnavailable,
} from '../store.ts'
import {
  applyChange,
  type Draft,
  type EncodedChange,
  encodeChange,
  releaseClaims,
  type Tables,
} from './apply-change.ts'
import type { Faults } from './faults.ts'
import { type Batch, type CommitCounters, groupCommit } from './group-commit.ts'
import { openHistory } from './history.ts'
import type { Partition } from './log.ts'
import { type Meta, metaTable } from './meta.ts'
import { type Db, readSettings, type Settings } from './sqlite.ts'
import type { witnessKeeper } from './witness-keeper.ts'
import { writeWatch } from './write-watch.ts'

export interface StoreStats extends CommitCounters {
  /** Events in the feeds, trimmed ones included. */
  readonly events: number
  /** Size of the database, free pages included, WAL excluded. */
  readonly bytes: number
  /** What SQLite really runs with (PR1: read back and shown). */
  readonly settings: Settings
}

export interface EmbeddedStore extends Store {
  stats(): StoreStats
}

/** What an opened folder consists of. */
export interface StoreParts {
  readonly db: Db
  readonly tables: Tables
  readonly meta: Meta
  readonly clock: Clock
  /** ST10. */
  readonly now: () => number
  readonly witness: ReturnType<typeof witnessKeeper>
  readonly onFatal: (error: Error) => void
  readonly faults: Faults
  /** Closes the database and lets go of the folder. */
  release(): void
}

/** How many expired answers one commit may clear away: more than it can add, so they never pile up. */
const PURGED_PER_COMMIT = 4
/** How many events one step of a trim deletes, so that commits get in between. */
const TRIMMED_PER_STEP = 100

/** `<tenant>/0`: one process needs no more than one partition per tenant. */
const partitionOf = (tenant: string): string => `${tenant}/0`
const tenantOf = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'))

export function createStore(parts: StoreParts): EmbeddedStore {
  const { db, tables, meta, clock, now, witness, onFatal, faults, release } = parts
  const { log, documents, answers, deadlines, records, blobs } = tables
  const metaRow = metaTable(db)
  const history = openHistory(db)
  const listeners = new Set<(hint: CommitHint) => void>()
  let closing: Promise<void> | undefined

  const batch: Batch<EncodedChange, CommitResult> = {
    write(changes) {
      const draft: Draft = { now: now(), log: log.draft(), openCounts: new Map(), documents: new Map() }
      const outcomes = changes.map((encoded) =>
        applyChange(tables, draft, encoded, partitionOf(encoded.change.ref.tenant), faults),
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
    const reached = new Map<string, number>()
    for (const [i, outcome] of outcomes.entries()) {
      const encoded = changes[i]
      if (outcome.status !== 'committed' || !encoded) continue
      releaseClaims(tables, encoded)
      reached.set(outcome.head.partition, outcome.head.seq)
    }
    if (reached.size === 0) return
    draft.log.adopt()
    records.adoptCounts(draft.openCounts)
    documents.adopt(draft.documents)
    witness.soon()
    // In a microtask each, after the answers: a listener that throws must not keep anyone from theirs.
    for (const [partition, seq] of reached)
      for (const listener of listeners) queueMicrotask(() => listener({ partition, seq }))
  }

  const commits = groupCommit(db, batch, { onFatal, onRefused: () => watch.refused() }, faults)
  const watch = writeWatch(db, clock, commits.transact)

  function assertOpen(): void {
    if (closing) throw new StoreUnavailable('The store is closed.')
  }

  /** Nothing is answered once the store is closed or has failed. */
  async function whileOpen<T>(work: () => T): Promise<T> {
    assertOpen()
    commits.assertRunning()
    return work()
  }

  const inPartition = <T>(name: string, otherwise: T, work: (partition: Partition) => T): Promise<T> =>
    whileOpen(() => {
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
    log.adopt(commits.transact(() => log.trimTo(partition, step)))
    return { gone: step, done: step === last }
  }

  return {
    epoch: meta.epoch,
    now,
    writable: () => watch.writable() && !commits.hasFailed,
    partitionOf,

    load: (ref, command) =>
      whileOpen(() => {
        const earlier =
          command && !faults.forgetAnswers ? answers.find(ref.tenant, command, now()) : undefined
        return { ...documents.read(ref), ...(earlier ? { earlier } : {}), cached: false }
      }),

    async commit(change: Change) {
      assertOpen()
      return commits.add(encodeChange(change))
    },

    listDocuments: (query) => whileOpen(() => documents.list(query)),
    record: (tenant, kind, id) => whileOpen(() => records.read(tenant, kind, id)),
    records: (query) => whileOpen(() => records.find(query)),
    countOpen: (tenant) => whileOpen(() => records.countOpen(tenant)),
    blob: (tenant, digest) => whileOpen(() => blobs.read(tenant, digest)),

    head: (name) =>
      inPartition<Head>(
        name,
        { partition: name, tenant: tenantOf(name), seq: 0, hash: '' },
        ({ partition, tenant, seq, hash }) => ({ partition, tenant, seq, hash }),
      ),
    heads: () => whileOpen(() => log.heads()),
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
      whileOpen(() => {
        const partition = existing(name)
        if (log.hashAt(partition, seq) !== hash)
          throw new RangeError(`The archive's event ${seq} of ${name} is not the one in the log.`)
        log.adopt(commits.transact(() => log.confirmArchived(partition, seq)))
      }),

    async trim(name, seq) {
      for (;;) {
        const { gone, done } = await whileOpen(() => trimStep(name, seq))
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
      watch.stop()
      closing ??= commits
        .finish()
        .then(() => witness.finish())
        .then(release)
      return closing
    },
  }
}
