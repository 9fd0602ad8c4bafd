/** Transactions on the database, under the rules of StoreHealth: what fails before its COMMIT has written nothing. */
import type { Clock } from '../../clock.ts'
import { StoreUnavailable } from '../store.ts'
import type { DatabaseFiles } from './database-files.ts'
import { type Db, isWriteRefused, sqliteCode } from './sqlite.ts'
import { notWritten, type StoreHealth } from './store-health.ts'

/** Pages of 4 KiB in the WAL beyond which it is copied into the database. */
const CHECKPOINT_PAGES = 4_000
/** … and beyond which that waits for nothing: commits that leave the disk no time for it would fill the disk with the log. */
const OVERDUE_PAGES = 4 * CHECKPOINT_PAGES

/** … and beyond which nothing more is written to it while the database does not take it: it would fill the disk. */
const MOST_PAGES = 8 * OVERDUE_PAGES

/** Where the database does not take it, it is tried again after so long, ms: each try copies all that there is room for. */
const COPIED_AGAIN_AFTER_MS = 2_000
/** … and after so many times as long as that took, but within this, ms: a clock may have stood still meanwhile. */
const COPIED_AGAIN_AFTER = 20
const COPIED_AGAIN_WITHIN_MS = 30_000

export type DatabaseSteps = ReturnType<typeof databaseSteps>

export function databaseSteps(
  db: Db,
  files: DatabaseFiles,
  health: StoreHealth,
  { monotonicMs }: Pick<Clock, 'monotonicMs'>,
  /** Told why the database does not take what the log holds, and nothing once it does again. */
  onKeptInLog: (why: Error | undefined) => void,
) {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  const walPages = db.prepare<unknown[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)')
  let checkpoints = 0
  let flushing: Promise<void> | undefined
  /** Why the database did not take what the log holds, and when that is tried again. */
  let keptInLog: Error | undefined
  let copiedAgainAt = Number.NEGATIVE_INFINITY

  let isUnderWay = false
  let undone = 0

  /** A transaction was, and leaves nothing. */
  function noteUndone(): void {
    if (isUnderWay) undone += 1
    isUnderWay = false
  }

  let loggedPages = 0
  const pagesToCopy = (): number => {
    const { log, checkpointed } = walPages.get() ?? { log: 0, checkpointed: 0 }
    loggedPages = log - checkpointed
    return loggedPages
  }

  /** Before anything is written to the log: it may begin anew then, over what only the log has on disk. */
  function flushDatabaseNow(): void {
    try {
      files.flushDatabaseNow()
    } catch (error) {
      throw health.fail(error)
    }
  }

  /** Throws OutcomeUnknown where the disk does not confirm it. */
  function flushLogNow(): void {
    try {
      files.flushWalNow()
    } catch (error) {
      throw health.fail(error)
    }
  }

  function noteKept(why: Error | undefined): void {
    const isNews = (why === undefined) !== (keptInLog === undefined)
    keptInLog = why
    if (isNews) onKeptInLog(why)
  }

  function flushDatabase(): Promise<void> {
    return files.flushDatabase().catch((error: unknown) => void health.fail(error))
  }

  return {
    get checkpoints(): number {
      return checkpoints
    },

    /** How many transactions were begun and have left nothing. */
    get undone(): number {
      return undone
    },

    /** Pages of the log that the database has not, as of the last look: within a transaction SQLite does not say. */
    get loggedPages(): number {
      return db.inTransaction ? loggedPages : pagesToCopy()
    },

    /**
     * Before a transaction that is to be kept. Throws StoreUnavailable where the log has grown beyond measure, because the database does not
     * take what it holds.
     */
    assertRoomInLog(): void {
      const isTooLong = (): boolean => keptInLog !== undefined && pagesToCopy() >= MOST_PAGES
      if (isTooLong() && monotonicMs() >= copiedAgainAt) this.checkpointNow()
      if (isTooLong()) throw keptOut(keptInLog)
    },

    /** `flushed`: COMMIT returns once it is on disk. */
    begin(flushed: boolean): void {
      flushDatabaseNow()
      db.pragma(`synchronous = ${flushed ? 'FULL' : 'NORMAL'}`)
      begin.run()
      isUnderWay = true
    },

    /** Off: a transaction stays in memory, however large, so that a disk without room is no hindrance until its COMMIT. */
    spills(does: boolean): void {
      db.pragma(`cache_spill = ${does ? 'ON' : 'OFF'}`)
    },

    /** Gives back the pages that are kept in memory; the operating system has them. */
    shrink(): void {
      db.pragma('shrink_memory')
    },

    /** Ends a transaction that must leave nothing; SQLite has ended it by itself after some errors. */
    undo(): void {
      noteUndone()
      if (db.inTransaction) rollback.run()
      db.pragma('synchronous = FULL')
    },

    /** Throws StoreUnavailable where nothing was written, for certain, and OutcomeUnknown otherwise. */
    commit(): void {
      try {
        commit.run()
      } catch (error) {
        // It was the write of the WAL's frames, before the frame that would commit them, and SQLite has rolled back.
        noteUndone()
        if (isWriteRefused(error) && !db.inTransaction) throw notWritten(error)
        throw health.fail(error)
      }
      isUnderWay = false
      db.pragma('synchronous = FULL')
    },

    /** One durable step. */
    transact<T>(work: () => T): T {
      health.assertRunning()
      let result: T
      try {
        this.assertRoomInLog()
        this.begin(true)
        result = work()
      } catch (error) {
        this.undo()
        throw notWritten(error)
      }
      this.commit()
      // its COMMIT has flushed nothing where nothing had changed, and what the tables got before it was not flushed either
      if (this.isCheckpointDue()) this.checkpointNow()
      return result
    },

    isCheckpointDue: (): boolean => monotonicMs() >= copiedAgainAt && pagesToCopy() >= CHECKPOINT_PAGES,

    isCheckpointOverdue: (): boolean => monotonicMs() >= copiedAgainAt && pagesToCopy() >= OVERDUE_PAGES,

    /** `checkpoint` of a log that may not be on disk yet. Throws as that. */
    checkpointNow(): void {
      flushLogNow()
      this.checkpoint()
    },

    /** What was committed is on disk once it resolves, though not in the database. Rejects with what the disk says. */
    flushLog: (): Promise<void> => files.flushWal(),

    /**
     * Copies the log, which must be on disk, into the database, and has that flushed in a thread (`flushed`). By hand, because
     * SQLite ignores it when its own checkpoint can't be flushed. Throws what leaves the database in doubt.
     */
    checkpoint(): void {
      db.pragma('synchronous = OFF')
      const beganAt = monotonicMs()
      try {
        db.pragma('wal_checkpoint(PASSIVE)')
        checkpoints += 1
        noteKept(undefined)
      } catch (error) {
        // No room to grow the database, or it fails: the WAL keeps everything.
        if (!isWriteRefused(error)) throw health.fail(error)
        const now = monotonicMs()
        const patience = Math.max(COPIED_AGAIN_AFTER_MS, COPIED_AGAIN_AFTER * (now - beganAt))
        copiedAgainAt = now + Math.min(COPIED_AGAIN_WITHIN_MS, patience)
        noteKept(error as Error)
      } finally {
        db.pragma('synchronous = FULL')
      }
      files.noteCopied()
      const mine = flushDatabase().finally(() => {
        if (flushing === mine) flushing = undefined
      })
      flushing = mine
    },

    /** While a checkpoint is on its way to the disk: resolves when it is there, or the store has failed. */
    flushed: (): Promise<void> | undefined => flushing,

    /** Brings everything that was committed into the database, and to disk; false where there is no room for it. */
    checkpointAll(): boolean {
      // what was copied already would not be flushed by SQLite
      flushDatabaseNow()
      try {
        const [done] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }]
        return done.busy === 0
      } catch (error) {
        if (isWriteRefused(error)) return false
        throw error
      }
    },
  }
}

const keptOut = (cause: unknown): StoreUnavailable =>
  new StoreUnavailable(
    `The database does not take what its log holds (${sqliteCode(cause)}), and the log is too long to go on; nothing was written. ` +
      'The disk is full, its quota is used up, or it fails: make room and try again.',
    { cause },
  )
