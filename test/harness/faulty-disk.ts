/** A disk of the embedded store that fills up or breaks while the store is at work, and is mended again. */
import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { type Disk, systemDisk } from '@holdpoint/server/parts'
import Database from 'better-sqlite3'

/** What is wrong with it now. The disk reads the object afresh at each call, so a test may turn a fault on and off. */
export interface DiskFaults {
  /**
   * Fails the next batch once: `write` finds no room in the journal; `commit-lost` and `commit-kept` are a flush that fails
   * after nothing, or all, has reached the disk.
   */
  failNext?: 'write' | 'commit-lost' | 'commit-kept'
  /** A full disk that still has room for commits, not for bringing the tables up to date with the journal. */
  noRoomToSettle?: boolean
  /** One with room for that as well, and for nothing larger. */
  noRoomForMore?: boolean
  /** The most pages (4 KiB) that the database, and a file of the journal, may have: a full disk. Unset again, it lifts. */
  pageLimit?: number
  /** Before each transaction of the database. */
  beforeTransaction?: () => void
  /** Before it is kept. */
  beforeCommit?: () => void
  /** Before a transaction is ended that leaves nothing. May throw, as SQLite does where it can't. */
  beforeRollback?: () => void
  /** Before expired answers are cleared away. */
  beforePurge?: () => void
  /** Before the log is copied into the database. May throw, as SQLite does where that has no room. */
  beforeCheckpoint?: () => void
  /** What a flush of the database (`holdpoint.db`), its log or a copy waits for, by the file's name: at once, and in a thread. */
  beforeFlush?: (file: string) => void
  beforeFlushApart?: (file: string) => Promise<void>
  /** Once one in a thread has ended well, before whoever asked for it knows. */
  afterFlushApart?: (file: string) => void
}

const PAGE = 4_096
/** SQLite's own limit. */
const MAX_PAGES = 0xfffffffe

export function faultyDisk(faults: DiskFaults): Disk {
  return {
    connect(file) {
      const db = systemDisk.connect(file)
      const limitPages = () => db.pragma(`max_page_count = ${faults.pageLimit ?? MAX_PAGES}`)
      before(db, 'BEGIN IMMEDIATE', () => {
        limitPages()
        faults.beforeTransaction?.()
      })
      before(db, 'COMMIT', () => faults.beforeCommit?.())
      before(db, 'ROLLBACK', () => faults.beforeRollback?.())
      before(db, 'DELETE FROM answers', () => faults.beforePurge?.())
      // the last that is written before the tables' COMMIT
      before(db, 'UPDATE meta SET settled = ', () => {
        if (faults.noRoomToSettle) throw new Database.SqliteError('fault: no room', 'SQLITE_FULL')
      })
      before(db, 'INSERT OR REPLACE INTO blobs', () => {
        if (faults.noRoomForMore) throw new Database.SqliteError('fault: no room', 'SQLITE_FULL')
      })
      const pragma = db.pragma.bind(db)
      db.pragma = (source, options) => {
        if (source === 'wal_checkpoint(PASSIVE)') faults.beforeCheckpoint?.()
        return pragma(source, options)
      }
      return db
    },
    write(file, bytes, at) {
      if (faults.failNext === 'write') {
        delete faults.failNext
        throw full()
      }
      if (faults.pageLimit !== undefined && at + bytes.length > faults.pageLimit * PAGE) throw full()
      if (faults.failNext === 'commit-lost') return
      systemDisk.write(file, bytes, at)
    },
    extend(file, zeros, at) {
      if (faults.pageLimit !== undefined) throw full()
      systemDisk.extend(file, zeros, at)
    },
    flush(file) {
      if (faults.failNext !== undefined) {
        const how = faults.failNext
        delete faults.failNext
        throw new Error(`fault: ${how}`)
      }
      faults.beforeFlush?.(nameOf(file))
      systemDisk.flush(file)
    },
    async flushApart(file) {
      await faults.beforeFlushApart?.(nameOf(file))
      await systemDisk.flushApart(file)
      faults.afterFlushApart?.(nameOf(file))
    },
  }
}

const nameOf = (file: number): string => basename(readlinkSync(`/proc/self/fd/${file}`))

/** Does `what` before each run of the statements that begin so. */
function before(db: Database.Database, beginning: string, what: () => void): void {
  const prepare = db.prepare.bind(db)
  db.prepare = ((sql: string) => {
    const statement = prepare(sql)
    if (!sql.startsWith(beginning)) return statement
    const run = statement.run.bind(statement)
    return Object.assign(statement, {
      run: (...values: unknown[]) => {
        what()
        return run(...values)
      },
    })
  }) as typeof db.prepare
}

const full = (): Error => Object.assign(new Error('fault: no room'), { code: 'ENOSPC' })
