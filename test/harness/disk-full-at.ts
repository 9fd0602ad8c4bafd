/** A disk of the embedded store that has no room from one of its steps on: each write of the database and of the journal is one. */
import { type Disk, systemDisk } from '@holdpoint/server/parts'
import Database from 'better-sqlite3'

interface FullAt {
  /** Counts from here on; until then there is room. */
  start(): void
  /** Makes room, and counts no more. */
  makeRoom(): void
  readonly disk: Disk
  /** How many steps there were. */
  readonly steps: number
}

export interface HowFull {
  /** The first step that finds no room, from 1. */
  readonly at: number
  /** Whether every later one finds none, either. */
  readonly stays: boolean
  /** Whether SQLite ends the transaction by itself, which it may or may not do. After a COMMIT that failed so it always has. */
  readonly rollsBack: boolean
}

export function diskFullAt({ at, stays, rollsBack }: HowFull): FullAt {
  let steps = 0
  let counts = false
  const isFull = (): boolean => {
    if (!counts) return false
    steps += 1
    return stays ? steps >= at : steps === at
  }
  /** What has room for its first half leaves that behind. */
  const half =
    (write: Disk['write']): Disk['write'] =>
    (file, bytes, place) => {
      if (!isFull()) return write(file, bytes, place)
      write(file, bytes.subarray(0, bytes.length >> 1), place)
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    }

  return {
    disk: {
      ...systemDisk,
      connect(file) {
        const db = systemDisk.connect(file)
        const prepare = db.prepare.bind(db)
        db.prepare = ((sql: string) => {
          const statement = prepare(sql)
          if (!/^(INSERT|UPDATE|DELETE|COMMIT)/.test(sql.trim())) return statement
          const run = statement.run.bind(statement)
          return Object.assign(statement, {
            run(...values: unknown[]) {
              if (!isFull()) return run(...values)
              if (db.inTransaction && (rollsBack || sql === 'COMMIT')) db.exec('ROLLBACK')
              throw new Database.SqliteError('no room', 'SQLITE_FULL')
            },
          })
        }) as typeof db.prepare
        return db
      },
      write: half(systemDisk.write),
      extend: half(systemDisk.extend),
    },
    start() {
      counts = true
    },
    makeRoom() {
      counts = false
    },
    get steps() {
      return steps
    },
  }
}
