/** Transactions on the database, under the rules of StoreHealth: what fails before its COMMIT has written nothing. */
import type { Clock } from '../../clock.ts'
import type { DatabaseFiles } from './database-files.ts'
import { type Db, isWriteRefused } from './sqlite.ts'
import { notWritten, type StoreHealth } from './store-health.ts'

/** Pages of 4 KiB in the WAL beyond which it is copied into the database. */
const CHECKPOINT_PAGES = 4_000
/** … and beyond which that waits for nothing: commits that leave the disk no time for it would fill the disk with the log. */
const OVERDUE_PAGES = 4 * CHECKPOINT_PAGES

/** Where the database has no room for it, it is tried again after so long, ms: each try copies all that there is room for. */
const COPIED_AGAIN_AFTER_MS = 2_000
/** … and after so many times as long as that took. */
const COPIED_AGAIN_AFTER = 20

export type DatabaseSteps = ReturnType<typeof databaseSteps>

export function databaseSteps(
  db: Db,
  files: DatabaseFiles,
  health: StoreHealth,
  { monotonicMs }: Pick<Clock, 'monotonicMs'>,
) {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  const walPages = db.prepare<unknown[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)')
  let checkpoints = 0
  let flushing: Promise<void> | undefined
  /** The database had no room for what the log holds. */
  let copiedAgainAt = Number.NEGATIVE_INFINITY

  const pagesToCopy = (): number => {
    const { log, checkpointed } = walPages.get() ?? { log: 0, checkpointed: 0 }
    return log - checkpointed
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

  function flushDatabase(): Promise<void> {
    return files.flushDatabase().catch((error: unknown) => void health.fail(error))
  }

  return {
    get checkpoints(): number {
      return checkpoints
    },

    /** `flushed`: COMMIT returns once it is on disk. */
    begin(flushed: boolean): void {
      flushDatabaseNow()
      db.pragma(`synchronous = ${flushed ? 'FULL' : 'NORMAL'}`)
      begin.run()
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
      if (db.inTransaction) rollback.run()
      db.pragma('synchronous = FULL')
    },

    /** Throws StoreUnavailable where nothing was written, for certain, and OutcomeUnknown otherwise. */
    commit(): void {
      try {
        commit.run()
      } catch (error) {
        // It was the write of the WAL's frames, before the frame that would commit them, and SQLite has rolled back.
        if (isWriteRefused(error) && !db.inTransaction) throw notWritten(error)
        throw health.fail(error)
      }
      db.pragma('synchronous = FULL')
    },

    /** One durable step. */
    transact<T>(work: () => T): T {
      health.assertRunning()
      let result: T
      try {
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
      } catch (error) {
        // No room to grow the database: the WAL keeps everything until there is.
        if (!isWriteRefused(error)) throw health.fail(error)
        const now = monotonicMs()
        copiedAgainAt = now + Math.max(COPIED_AGAIN_AFTER_MS, COPIED_AGAIN_AFTER * (now - beganAt))
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
