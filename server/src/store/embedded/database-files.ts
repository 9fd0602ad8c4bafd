/**
 * The database and its write-ahead log as files, to be flushed beside SQLite: within its own calls everybody would wait for the
 * disk, and a checkpoint is thousands of pages.
 */
import { closeSync, openSync } from 'node:fs'
import type { Disk } from './disk.ts'
import type { StoreFiles } from './folder.ts'

export type DatabaseFiles = ReturnType<typeof openDatabaseFiles>

/** Opened while there are descriptors: later there may be none left, and what cannot be flushed ends the process. */
export function openDatabaseFiles({ database, wal }: StoreFiles, disk: Disk) {
  const databaseFile = openSync(database, 'r')
  const walFile = openSync(wal, 'r')
  let copies = 0
  let flushedCopies = 0

  return {
    flushWal: (): Promise<void> => disk.flushApart(walFile),

    /** What is in the log was copied into the database, which must be on disk before the log begins anew. */
    noteCopied(): void {
      copies += 1
    },

    isOwedFlush: (): boolean => flushedCopies < copies,

    async flushDatabase(): Promise<void> {
      const upTo = copies
      await disk.flushApart(databaseFile)
      flushedCopies = Math.max(flushedCopies, upTo)
    },

    /** Returns once it is on disk: for who can't wait for `flushDatabase`. */
    flushDatabaseNow(): void {
      if (flushedCopies === copies) return
      disk.flush(databaseFile)
      flushedCopies = copies
    },

    /** Once SQLite has closed the database: closing another descriptor of it drops its lock (POSIX). */
    close(): void {
      closeSync(walFile)
      closeSync(databaseFile)
    },
  }
}
