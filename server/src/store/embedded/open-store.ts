import type { Clock } from '../../clock.ts'
import { StoreUnusable } from '../store.ts'
import { answersTable } from './answers.ts'
import { adoptDraft, draftOf, type Tables } from './apply-change.ts'
import { blobsTable } from './blobs.ts'
import { type DatabaseFiles, Descriptors, openDatabaseFiles } from './database-files.ts'
import { databaseSteps } from './database-steps.ts'
import { deadlinesTable } from './deadlines.ts'
import { type Disk, isFull, systemDisk } from './disk.ts'
import { documentsTable } from './documents.ts'
import { createStore, type EmbeddedStore } from './embedded-store.ts'
import { decodeEntry, encodeEntry, redraft } from './entry.ts'
import {
  displaced,
  heldBy,
  noRoomToStart,
  notOpened,
  prepareFolder,
  removeHolder,
  removeJournal,
  type StoreFiles,
  storeFiles,
  syncFolder,
  writeHolder,
} from './folder.ts'
import { settleEpoch } from './history-loss.ts'
import { openJournal, readJournal } from './journal.ts'
import { openLog } from './log.ts'
import { type Meta, metaTable } from './meta.ts'
import { migrate } from './migrate.ts'
import { partitionOf } from './partitions.ts'
import { recordsTable } from './records.ts'
import { migrations } from './schema.ts'
import { OWED, settling } from './settling.ts'
import {
  assertDurable,
  assertSound,
  configure,
  type Db,
  damaged,
  isWriteRefused,
  readSettings,
  sqliteCode,
  takeExclusively,
} from './sqlite.ts'
import { storeClock } from './store-clock.ts'
import { StoreHealth } from './store-health.ts'
import { readWitness, writeWitness } from './witness.ts'
import { witnessKeeper } from './witness-keeper.ts'
import { writeWatch } from './write-watch.ts'

export interface EmbeddedOptions {
  /** Made 0700 where it doesn't exist; holds everything. Must be on a local file system. */
  readonly folder: string
  readonly clock: Clock
  /** Told once when the disk did not confirm a write (PR1): end the process, it can't promise anything any more. */
  readonly onFatal?: (error: Error) => void
  /** Told where history that was seen before is gone, or may be (ST9), with the epoch that it goes on with. */
  readonly onHistoryLost?: (epochs: { readonly epoch: number; readonly previousEpoch: number }) => void
  /**
   * Told when the database does not take what its write-ahead log holds, with what the disk said, and with nothing once it does again.
   * Nothing is lost meanwhile; the log grows, and what would let it grow beyond measure is refused.
   */
  readonly onKeptInLog?: (why: Error | undefined) => void
  /** For the sentence that tells a second process who holds the folder. */
  readonly pid?: number
  /** How large a database is still checked whole at the start; that takes a second for each GiB, and many where the disk is slow. Default: 1 GiB. */
  readonly checkedUpToBytes?: number
  /** How many changes are in the journal alone before the tables get them. Default: as many as are quickest. Tests take fewer. */
  readonly owed?: number
  /** Default: the operating system's. Tests give one that fills up or breaks. */
  readonly disk?: Disk
}

const CHECKED_UP_TO_BYTES = 2 ** 30

/**
 * Opens the store of one process: SQLite behind a journal, with one flush for all commits that arrive together.
 * Throws StoreHeld where another process (or this one) has it open, StoreUnusable where it is damaged, of a newer
 * version, or could not be durable, StoreUnavailable where the disk has no room for what it must write first.
 */
export async function openEmbeddedStore(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const {
    folder,
    clock,
    onFatal = () => {},
    onKeptInLog = () => {},
    pid,
    checkedUpToBytes = CHECKED_UP_TO_BYTES,
    owed = OWED,
    disk = systemDisk,
  } = options
  const files = storeFiles(folder)
  prepareFolder(files)
  const db = disk.connect(files.database)
  const descriptors = new Descriptors()
  let databaseFiles: DatabaseFiles | undefined
  const release = (isWhole: boolean): void => {
    // While the lock is still held, so that a successor's files are not removed.
    // Nor those of another folder that is in its place by now.
    if (databaseFiles?.isInPlace() !== false) {
      if (isWhole) removeJournal(files)
      removeHolder(files)
    }
    // The disk has failed, and the process ends: SQLite would do away with the log, over what only the log has on disk.
    if (databaseFiles?.isOwedFlush()) return
    db.close()
    descriptors.close()
  }
  lock(db, files)
  try {
    writeHolder(files, pid, clock.now())
    const found = prepareDatabase(db, files, checkedUpToBytes)
    const tables = openTables(db)
    const now = storeClock(clock, takeUp(db, tables, files.journal))
    // The tables have all that it held. Under another epoch it would no longer fit, and keep the next start if this one is cut short.
    removeJournal(files)
    syncFolder(files.folder)
    const meta = settleEpoch(db, tables.log, found, readWitness(files.heads), now())
    const current = () => ({ storeId: meta.storeId, epoch: meta.epoch, heads: tables.log.heads() })
    await writeWitness(files.heads, current())
    if (meta.epoch !== found.epoch) options.onHistoryLost?.({ epoch: meta.epoch, previousEpoch: found.epoch })
    const health = new StoreHealth(onFatal)
    const inUse = openDatabaseFiles(descriptors, files, disk)
    databaseFiles = inUse
    const witness = witnessKeeper(files.heads, clock, current, () => {
      const isOurs = inUse.isInPlace()
      if (!isOurs) health.fail(displaced(files))
      return isOurs
    })
    const steps = databaseSteps(db, inUse, health, clock, onKeptInLog)
    const journal = openJournal(files.journal, metaTable(db).settled(), disk, health)
    const settled = settling({
      tables,
      meta: metaTable(db),
      steps,
      journal,
      health,
      onRefused: () => watch.refused(),
      most: owed,
    })
    const probe = (text: string): void => journal.append([...encodeEntry({ now: now(), changes: [] }), text])
    const watch = writeWatch(db, clock, { settle: settled.settle, transact: settled.transact, probe })
    return createStore({
      db,
      tables,
      steps,
      journal,
      settling: settled,
      health,
      meta,
      now,
      witness,
      watch,
      clock,
      disk,
      release(isWhole) {
        journal.close()
        release(isWhole)
      },
    })
  } catch (error) {
    release(false)
    if (isWriteRefused(error) || isFull(error)) throw noRoomToStart(files, error)
    const code = sqliteCode(error)
    throw code?.startsWith('SQLITE_CORRUPT') ? damaged(files.database, code) : error
  }
}

/** Takes the database for this process, or closes it and throws StoreHeld, StoreUnusable or StoreUnavailable. */
export function lock(db: Db, files: StoreFiles): void {
  try {
    takeExclusively(db)
  } catch (error) {
    db.close()
    const code = sqliteCode(error)
    if (code?.startsWith('SQLITE_BUSY')) throw heldBy(files)
    if (isWriteRefused(error)) throw noRoomToStart(files, error)
    if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) throw damaged(files.database, code)
    if (code && /^SQLITE_(IOERR|READONLY|CANTOPEN)/.test(code)) throw notOpened(files, code, error)
    throw error
  }
}

function prepareDatabase(db: Db, files: StoreFiles, checkedUpToBytes: number): Meta {
  configure(db)
  assertSound(db, files.database, checkedUpToBytes)
  assertNothingOwed(db)
  migrate(db, migrations)
  const meta = metaTable(db).readOrCreate()
  assertDurable(readSettings(db))
  // A process that ended over a failed fsync leaves a WAL that reads well but may not be on disk: writing its pages
  // anew, with a new fsync, makes sure before anything is built on them.
  db.pragma('wal_checkpoint(TRUNCATE)')
  return meta
}

/** Until schema 3 the journal was a table: one that is not empty is for the version to take up that wrote it. */
export function assertNothingOwed(db: Db): void {
  if (Number(db.pragma('user_version', { simple: true })) !== 2) return
  if (db.prepare('SELECT 1 FROM journal LIMIT 1').get() === undefined) return
  throw new StoreUnusable(
    'An earlier version of Holdpoint did not end well on this folder and left commits in its journal; start that version once more and stop it, then start this one.',
  )
}

/** Brings into the tables what a process that died left in the journal. Returns the last commit's time. */
export function takeUp(db: Db, tables: Tables, journal: StoreFiles['journal']): number {
  const meta = metaTable(db)
  const { lastCommit } = meta.readOrCreate()
  const settled = meta.settled()
  const entries = readJournal(journal, settled)
  const last = entries.at(-1)
  if (!last) return lastCommit
  let at = lastCommit
  for (const { text } of entries) {
    const entry = decodeEntry(text)
    const draft = draftOf(tables, entry.now)
    redraft(tables, draft, entry, partitionOf)
    adoptDraft(tables, draft)
    at = entry.now
  }
  db.transaction(() => {
    for (const table of Object.values(tables)) {
      table.leave()
      for (const _ of table.write());
    }
    meta.setSettled(last, at)
  })()
  for (const table of Object.values(tables)) table.left()
  return at
}

export const openTables = (db: Db): Tables => ({
  log: openLog(db),
  documents: documentsTable(db),
  answers: answersTable(db),
  deadlines: deadlinesTable(db),
  records: recordsTable(db),
  blobs: blobsTable(db),
})
