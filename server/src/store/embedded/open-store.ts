import type { Clock } from '../../clock.ts'
import { StoreUnavailable } from '../store.ts'
import { answersTable } from './answers.ts'
import { draftOf, type Tables } from './apply-change.ts'
import { blobsTable } from './blobs.ts'
import { deadlinesTable } from './deadlines.ts'
import { documentsTable } from './documents.ts'
import { createStore, type EmbeddedStore } from './embedded-store.ts'
import type { Faults } from './faults.ts'
import { heldBy, prepareFolder, removeHolder, type StoreFiles, storeFiles, writeHolder } from './folder.ts'
import { settleEpoch } from './history-loss.ts'
import { journalTable, redraft } from './journal.ts'
import { openLog } from './log.ts'
import { type Meta, metaTable } from './meta.ts'
import { migrate } from './migrate.ts'
import { partitionOf } from './partitions.ts'
import { recordsTable } from './records.ts'
import { migrations } from './schema.ts'
import { type Settlement, settlement } from './settle.ts'
import {
  assertDurable,
  assertSound,
  configure,
  connect,
  type Db,
  damaged,
  readSettings,
  sqliteCode,
  takeExclusively,
} from './sqlite.ts'
import { storeClock } from './store-clock.ts'
import { readWitness, writeWitness } from './witness.ts'
import { witnessKeeper } from './witness-keeper.ts'

export interface EmbeddedOptions {
  /** Made 0700 where it doesn't exist; holds everything. Must be on a local file system. */
  readonly folder: string
  readonly clock: Clock
  /** Told once when the disk did not confirm a write (PR1): end the process, it can't promise anything any more. */
  readonly onFatal?: (error: Error) => void
  /** Told where history that was seen before is gone, or may be (ST9), with the epoch that it goes on with. */
  readonly onHistoryLost?: (epochs: { readonly epoch: number; readonly previousEpoch: number }) => void
  /** For the sentence that tells a second process who holds the folder. */
  readonly pid?: number
  /** How large a database is still checked whole at the start; that takes a second for each GiB, and many where the disk is slow. Default: 1 GiB. */
  readonly checkedUpToBytes?: number
  /** For tests only. */
  readonly faults?: Faults
}

const CHECKED_UP_TO_BYTES = 2 ** 30

/**
 * Opens the store of one process: SQLite in WAL with one fsync for all commits that arrive together.
 * Throws StoreHeld where another process (or this one) has it open, StoreUnusable where it is damaged, of a newer
 * version, or could not be durable.
 */
export async function openEmbeddedStore(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const {
    folder,
    clock,
    onFatal = () => {},
    pid,
    checkedUpToBytes = CHECKED_UP_TO_BYTES,
    faults = {},
  } = options
  const files = storeFiles(folder)
  prepareFolder(files)
  const db = connect(files.database)
  const release = (): void => {
    // While the lock is still held, so that a successor's file is not removed.
    removeHolder(files)
    db.close()
  }
  lock(db, files)
  try {
    writeHolder(files, pid, clock.now())
    const found = prepareDatabase(db, files, checkedUpToBytes, faults)
    const tables = openTables(db)
    const settling = settlement(db, tables)
    const lastCommit = takeUp(db, tables, settling, faults) ?? found.lastCommit
    const now = storeClock(clock, lastCommit)
    const meta = settleEpoch(db, tables.log, found, readWitness(files.heads), now())
    const current = () => ({ storeId: meta.storeId, epoch: meta.epoch, heads: tables.log.heads() })
    await writeWitness(files.heads, current())
    if (meta.epoch !== found.epoch) options.onHistoryLost?.({ epoch: meta.epoch, previousEpoch: found.epoch })
    const witness = witnessKeeper(files.heads, clock, current)
    return createStore({
      db,
      tables,
      settlement: settling,
      meta,
      clock,
      now,
      witness,
      onFatal,
      faults,
      release,
    })
  } catch (error) {
    release()
    const code = sqliteCode(error)
    throw code?.startsWith('SQLITE_CORRUPT') ? damaged(files.database, code) : error
  }
}

/** Takes the database for this process, or closes it and throws StoreHeld or StoreUnusable. */
export function lock(db: Db, files: StoreFiles): void {
  try {
    takeExclusively(db)
  } catch (error) {
    db.close()
    const code = sqliteCode(error)
    if (code?.startsWith('SQLITE_BUSY')) throw heldBy(files)
    if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) throw damaged(files.database, code)
    throw error
  }
}

function prepareDatabase(db: Db, files: StoreFiles, checkedUpToBytes: number, faults: Faults): Meta {
  configure(db, faults.skipFsync ?? false)
  assertSound(db, files.database, checkedUpToBytes)
  migrate(db, migrations)
  const meta = metaTable(db).readOrCreate()
  if (!faults.skipFsync) assertDurable(readSettings(db))
  // A process that ended over a failed fsync leaves a WAL that reads well but may not be on disk: writing its pages
  // anew, with a new fsync, makes sure before anything is built on them.
  db.pragma('wal_checkpoint(TRUNCATE)')
  return meta
}

/** Brings into the tables what a process that died left in the journal. Returns the last commit's time, if there is any. */
export function takeUp(db: Db, tables: Tables, settling: Settlement, faults: Faults): number | undefined {
  const entries = journalTable(db).read()
  for (const entry of entries) {
    const draft = draftOf(tables, entry.now)
    redraft(tables, draft, entry, partitionOf, faults)
    settling.adopt(draft, entry.changes.length)
  }
  if (entries.length === 0) return undefined
  try {
    db.transaction(settling.write)()
  } catch (error) {
    if (sqliteCode(error) !== 'SQLITE_FULL') throw error
    throw new StoreUnavailable('The disk is full; make room for what the journal holds, and start again.', {
      cause: error,
    })
  }
  settling.written()
  return entries.at(-1)?.now
}

export const openTables = (db: Db): Tables => ({
  log: openLog(db),
  documents: documentsTable(db),
  answers: answersTable(db),
  deadlines: deadlinesTable(db),
  records: recordsTable(db),
  blobs: blobsTable(db),
})
