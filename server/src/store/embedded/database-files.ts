/**
 * The database and its write-ahead log as files, to be flushed beside SQLite: within its own calls everybody would wait for the
 * disk, and a checkpoint is thousands of pages.
 */
import { closeSync, existsSync, fstatSync, openSync, statSync } from 'node:fs'
import type { Disk } from './disk.ts'
import type { StoreFiles } from './folder.ts'

/** To be closed once SQLite has closed the database, and not before: closing another descriptor of it drops its lock (POSIX). */
export class Descriptors {
  readonly #open: number[] = []

  open(file: string): number {
    const descriptor = openSync(file, 'r')
    this.#open.push(descriptor)
    return descriptor
  }

  close(): void {
    for (const descriptor of this.#open.splice(0)) closeSync(descriptor)
  }
}

export type DatabaseFiles = ReturnType<typeof openDatabaseFiles>

/**
 * Opened while there are descriptors: later there may be none left, and what cannot be flushed ends the process. The thread has its
 * own: the kernel tells each descriptor once that a page was not written, and who flushes at the same time must learn it too.
 */
export function openDatabaseFiles(descriptors: Descriptors, { database, wal }: StoreFiles, disk: Disk) {
  const open = () => ({ database: descriptors.open(database), wal: descriptors.open(wal) })
  const now = open()
  const apart = open()
  /** Some file systems number one file anew each time: there its absence alone tells. */
  const isNumbered = isNamed(database, now.database)
  let copies = 0
  let flushedCopies = 0

  return {
    /** Whether the database is still the file that has its name: what is written to one that was removed or replaced is lost with this process. */
    isInPlace: (): boolean => (isNumbered ? isNamed(database, now.database) : existsSync(database)),

    flushWal: (): Promise<void> => disk.flushApart(apart.wal),

    /** Returns once it is on disk: for who can't wait for `flushWal`. */
    flushWalNow: (): void => disk.flush(now.wal),

    /** What is in the log was copied into the database, which must be on disk before the log begins anew. */
    noteCopied(): void {
      copies += 1
    },

    isOwedFlush: (): boolean => flushedCopies < copies,

    async flushDatabase(): Promise<void> {
      const upTo = copies
      await disk.flushApart(apart.database)
      flushedCopies = Math.max(flushedCopies, upTo)
    },

    /** Returns once it is on disk: for who can't wait for `flushDatabase`. */
    flushDatabaseNow(): void {
      if (flushedCopies === copies) return
      disk.flush(now.database)
      flushedCopies = copies
    },
  }
}

/** Whether that is the file that has this name now, as far as the disk says. */
function isNamed(path: string, file: number): boolean {
  try {
    const named = statSync(path, { throwIfNoEntry: false })
    const { dev, ino } = fstatSync(file)
    return named?.dev === dev && named.ino === ino
  } catch {
    return true
  }
}
