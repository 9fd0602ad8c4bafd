/**
 * The log of a store that nobody has open, to be looked at as evidence: opening it as a store would bring its schema up to date,
 * begin a new epoch where the witness is missing, and write that down as an event of its own.
 */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Head, type StoredEvent, StoreUnusable } from '../store.ts'
import { noRoomToStart, storeFiles } from './folder.ts'
import { migrate } from './migrate.ts'
import { assertNothingOwed, lock, openTables, takeUp } from './open-store.ts'
import { migrations } from './schema.ts'
import { connect, damaged, isWriteRefused, sqliteCode } from './sqlite.ts'

export interface StoppedLog {
  heads(): readonly Head[]
  readFeed(partition: string, after: number, limit: number): readonly StoredEvent[]
  /** Of an event that is there, or of the last one trimmed. */
  hashAt(partition: string, seq: number): string | undefined
}

/**
 * Hands `work` the log in a database file, what its journal holds included, and leaves what is stored as it is: all of it happens
 * in a transaction that is taken back. Throws StoreUnusable where there is none or it is damaged, StoreHeld where somebody has it.
 */
export async function withStoppedLog<T>(file: string, work: (log: StoppedLog) => Promise<T>): Promise<T> {
  // connecting would make an empty one
  if (!existsSync(file)) throw new StoreUnusable(`There is no embedded store at ${file}.`)
  const db = connect(file)
  const files = storeFiles(dirname(file), basename(file))
  lock(db, files)
  try {
    db.exec('BEGIN IMMEDIATE')
    assertNothingOwed(db)
    migrate(db, migrations)
    const tables = openTables(db)
    takeUp(db, tables, files.journal)
    const { log } = tables
    return await work({
      heads: () => log.heads(),
      readFeed: (name, after, limit) => {
        const partition = log.partition(name)
        return partition ? log.readFeed(partition, after, limit) : []
      },
      hashAt: (name, seq) => {
        const partition = log.partition(name)
        return partition && log.hashAt(partition, seq)
      },
    })
  } catch (error) {
    if (isWriteRefused(error)) throw noRoomToStart(files, error)
    const code = sqliteCode(error)
    throw code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT') ? damaged(file, code) : error
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK')
    db.close()
  }
}
