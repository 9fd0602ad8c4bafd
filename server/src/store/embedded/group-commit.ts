/**
 * Group commit: what arrives in one turn of the event loop goes into one transaction and one fsync.
 *
 * - What is durable that way is in the journal; the tables get it when so much is owed to them, or when somebody asks for
 *   what only they know. That needs no fsync: lost, it is owed again.
 * - A batch that fails before its COMMIT has written nothing: each of its changes is then tried alone, so that only
 *   the one that can't be written is refused.
 * - A COMMIT that fails may or may not be on disk. Trying again could acknowledge what the disk has lost (the kernel
 *   reports a failed fsync once), so all in the batch learn that the outcome is unknown, and nothing more is taken.
 */
import { OutcomeUnknown, StoreUnavailable } from '../store.ts'
import type { Faults } from './faults.ts'
import { type Db, sqliteCode } from './sqlite.ts'

/** Bounds how long one batch can hold the event loop. */
const MAX_BATCH = 512
/** Pages of 4 KiB in the WAL beyond which it is copied into the database, between two batches. */
const CHECKPOINT_PAGES = 4_000
/** Changes that the tables may lack before they get them: some milliseconds' work. */
const OWED = 512
/** … and how many when a full disk has no room for that: beyond it nothing more is taken. */
const OWED_MOST = 4 * OWED
/** SQLite's own limit, which lifts the fault `pageLimit`. */
const MAX_PAGES = 0xfffffffe
/** How many batches the fault `acknowledgeEarly` keeps in one open transaction. */
const EARLY_BATCHES = 20

/** What one batch does with its items; `write` runs inside the transaction, `adopt` once it is durable. */
export interface Batch<Item, Outcome> {
  write(items: readonly Item[]): {
    readonly outcomes: readonly Outcome[]
    readonly changed: boolean
    adopt(): void
  }
  /** How many changes are durable and not in their tables. */
  owed(): number
  /** Writes them there, inside a transaction; and is told that it ended well. */
  settle(): void
  settled(): void
}

export interface CommitCounters {
  /** Items that were answered, refusals included. */
  answered: number
  /** Transactions that changed something: as many fsyncs. */
  batches: number
  checkpoints: number
}

interface Waiting<Item, Outcome> {
  readonly item: Item
  resolve(outcome: Outcome): void
  reject(error: Error): void
}

/** What the batches tell the store. */
interface CommitHooks {
  /** The disk did not confirm a write; nothing is written any more. */
  readonly onFatal: (error: Error) => void
  /** An item found no room, or a failing device; nothing of it was written. */
  readonly onRefused: () => void
}

export function groupCommit<Item, Outcome>(
  db: Db,
  batch: Batch<Item, Outcome>,
  { onFatal, onRefused }: CommitHooks,
  faults: Faults,
) {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  const walPages = db.prepare<unknown[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)')
  const counters: CommitCounters = { answered: 0, batches: 0, checkpoints: 0 }
  const queue: Waiting<Item, Outcome>[] = []
  let scheduled = false
  let failure: Error | undefined
  const idle: (() => void)[] = []
  let early = 0
  let pageLimit: number | undefined
  /** There was no room for what the tables lack. Until a probe has found some, nobody tries: each try costs all of it. */
  let crowded = false

  function fail(error: unknown): OutcomeUnknown {
    if (!failure) {
      failure = error instanceof Error ? error : new Error(String(error))
      onFatal(failure)
    }
    return new OutcomeUnknown(
      `The disk did not confirm the write (${failure.message}); whether it was kept is not known.`,
      { cause: failure },
    )
  }

  const refuseAfterFailure = (): StoreUnavailable =>
    new StoreUnavailable(
      'The store stopped after a write that the disk did not confirm; restart the server.',
      {
        cause: failure,
      },
    )

  function limitPages(): void {
    if (faults.pageLimit === pageLimit) return
    pageLimit = faults.pageLimit
    db.pragma(`max_page_count = ${pageLimit ?? MAX_PAGES}`)
  }

  /** Ends a transaction that must leave nothing; SQLite has ended it by itself after some errors. */
  function undo(): void {
    if (db.inTransaction) rollback.run()
  }

  function end(changed: boolean): void {
    if (!changed && !faults.acknowledgeEarly) {
      undo()
      return
    }
    if (faults.acknowledgeEarly && ++early % EARLY_BATCHES !== 0) return
    const fault = takeCommitFault(faults)
    if (fault === 'commit-lost') undo()
    else commit.run()
    if (fault) throw new Error(`fault: ${fault}`)
    counters.batches += 1
  }

  /** Runs one transaction. Returns why nothing was written, or undefined once every item has its answer. */
  function attempt(waiting: readonly Waiting<Item, Outcome>[]): Error | undefined {
    let written: ReturnType<Batch<Item, Outcome>['write']>
    try {
      limitPages()
      if (!db.inTransaction) begin.run()
      written = batch.write(waiting.map(({ item }) => item))
      if (takeWriteFault(faults)) throw new StoreUnavailable('fault: write')
    } catch (error) {
      undo()
      return notWritten(error)
    }
    try {
      end(written.changed)
    } catch (error) {
      // A full disk fails the write of the WAL's frames, before the frame that would commit them, and SQLite has
      // rolled back: nothing is written, for certain.
      if (sqliteCode(error) === 'SQLITE_FULL' && !db.inTransaction) return notWritten(error)
      const unknown = fail(error)
      for (const { reject } of waiting) reject(unknown)
      return undefined
    }
    try {
      written.adopt()
    } catch (error) {
      // It is on disk, and what is remembered of it can't be trusted: "nothing was written" would be a lie.
      const unknown = fail(error)
      for (const { reject } of waiting) reject(unknown)
      return undefined
    }
    counters.answered += waiting.length
    for (const [i, { resolve }] of waiting.entries()) resolve(written.outcomes[i] as Outcome)
    return undefined
  }

  /** Throws StoreUnavailable where there is no room for it, or the store has failed. */
  function settle(): void {
    if (batch.owed() === 0) return
    if (failure) throw refuseAfterFailure()
    try {
      // one that is open has an fsync of its own coming
      if (db.inTransaction) batch.settle()
      else settleAlone()
    } catch (error) {
      crowded = error instanceof StoreUnavailable
      throw error
    }
    crowded = false
    batch.settled()
  }

  /** Without an fsync: lost, it is owed again. */
  function settleAlone(): void {
    unsynced()
    try {
      limitPages()
      begin.run()
      batch.settle()
      if (faults.noRoomToSettle) throw noRoom()
    } catch (error) {
      undo()
      synced()
      throw notWritten(error)
    }
    try {
      commit.run()
    } catch (error) {
      if (sqliteCode(error) === 'SQLITE_FULL' && !db.inTransaction) throw notWritten(error)
      fail(error)
      throw refuseAfterFailure()
    } finally {
      if (!db.inTransaction) synced()
    }
  }

  const unsynced = (): void => void (faults.skipFsync || db.pragma('synchronous = NORMAL'))
  const synced = (): void => void (faults.skipFsync || db.pragma('synchronous = FULL'))

  /** What finds no room stays in the journal. */
  function settleIfRoom(): void {
    try {
      settle()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      if (!failure) onRefused()
    }
  }

  function settleIfOwed(): void {
    if (batch.owed() < OWED || crowded || failure || db.inTransaction) return
    settleIfRoom()
  }

  function run(waiting: readonly Waiting<Item, Outcome>[]): void {
    if (failure) {
      for (const { reject } of waiting) reject(refuseAfterFailure())
      return
    }
    if (batch.owed() >= OWED_MOST) {
      for (const { reject } of waiting) reject(noRoom())
      return
    }
    const reason = attempt(waiting)
    if (!reason) return
    if (waiting.length > 1) {
      for (const one of waiting) run([one])
      return
    }
    waiting[0]?.reject(reason)
    if (reason instanceof StoreUnavailable) onRefused()
  }

  function flush(): void {
    scheduled = false
    const waiting = queue.splice(0, MAX_BATCH)
    try {
      if (waiting.length > 0) run(waiting)
      settleIfOwed()
      checkpoint()
    } catch (error) {
      // An error while undoing or checkpointing: the connection can't be trusted any more.
      fail(error)
      for (const { reject } of [...waiting, ...queue.splice(0)]) reject(refuseAfterFailure())
    }
    if (queue.length > 0) schedule()
    else for (const resolve of idle.splice(0)) resolve()
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }

  /** By hand, because SQLite ignores it when its own checkpoint can't be fsynced. */
  function checkpoint(): void {
    if (failure || db.inTransaction) return
    const { log, checkpointed } = walPages.get() ?? { log: 0, checkpointed: 0 }
    if (log - checkpointed < CHECKPOINT_PAGES) return
    try {
      db.pragma('wal_checkpoint(PASSIVE)')
      counters.checkpoints += 1
    } catch (error) {
      // No room to grow the database: the WAL keeps everything until there is.
      if (sqliteCode(error) !== 'SQLITE_FULL') throw error
    }
  }

  return {
    counters,

    /** Resolves with the item's outcome once the batch is durable. */
    add(item: Item): Promise<Outcome> {
      if (failure) return Promise.reject(refuseAfterFailure())
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        schedule()
      })
    },

    /** One more durable step beside the batches, under the same rules. */
    transact<T>(work: () => T): T {
      if (failure) throw refuseAfterFailure()
      let result: T
      try {
        limitPages()
        if (!db.inTransaction) begin.run()
        result = work()
      } catch (error) {
        undo()
        throw notWritten(error)
      }
      try {
        end(true)
      } catch (error) {
        if (sqliteCode(error) === 'SQLITE_FULL' && !db.inTransaction) throw notWritten(error)
        throw fail(error)
      }
      // For the checkpoint that comes after a batch.
      schedule()
      return result
    },

    /** Throws StoreUnavailable where there is no room for what the tables lack. */
    settle,

    /**
     * `work` on tables that lack nothing. A full disk keeps nobody from reading: they are given what they lack for as long
     * as the work takes.
     */
    settledFor<T>(work: () => T): T {
      if (!crowded) settleIfRoom()
      if (failure) throw refuseAfterFailure()
      if (batch.owed() === 0) return work()
      begin.run()
      try {
        batch.settle()
        return work()
      } catch (error) {
        throw notWritten(error)
      } finally {
        undo()
      }
    },

    get hasFailed(): boolean {
      return failure !== undefined
    },

    /** Throws where a failed write has ended the store. */
    assertRunning(): void {
      if (failure) throw refuseAfterFailure()
    },

    /** Resolves when everything that was added has its answer, and no transaction is open. */
    async finish(): Promise<void> {
      if (scheduled) await new Promise<void>((resolve) => idle.push(resolve))
      // Left open by the fault `acknowledgeEarly` alone.
      if (db.inTransaction) commit.run()
      if (!failure) settleIfRoom()
    },
  }
}

const noRoom = (cause?: unknown): StoreUnavailable =>
  new StoreUnavailable('The disk is full, nothing was written; make room and try again.', { cause })

/** Lack of room or a failing device is the store's state, not the change's fault; everything else is a defect. */
function notWritten(error: unknown): Error {
  const code = sqliteCode(error)
  if (code === 'SQLITE_FULL') return noRoom(error)
  if (code?.startsWith('SQLITE_IOERR'))
    return new StoreUnavailable(`The disk failed before the write (${code}), nothing was written.`, {
      cause: error,
    })
  return error instanceof Error ? error : new Error(String(error))
}

function takeWriteFault(faults: Faults): boolean {
  if (faults.failNext !== 'write') return false
  delete faults.failNext
  return true
}

function takeCommitFault(faults: Faults): 'commit-lost' | 'commit-kept' | undefined {
  const fault = faults.failNext
  if (fault === undefined || fault === 'write') return undefined
  delete faults.failNext
  return fault
}
