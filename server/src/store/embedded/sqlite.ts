import Database from 'better-sqlite3'
import { StoreUnusable } from '../store.ts'

export type Db = Database.Database
export type Statement = Database.Statement<unknown[]>

/** The code of an SQLite error (`SQLITE_FULL`, `SQLITE_IOERR_FSYNC`, …), or undefined for anything else. */
export const sqliteCode = (error: unknown): string | undefined =>
  error instanceof Database.SqliteError ? error.code : undefined

/**
 * Whether the operating system did not take a write of SQLite's, which then has written no commit: the frame that would be one comes last.
 * Only ENOSPC is a full disk to SQLite; no quota left (EDQUOT) is SQLITE_IOERR_WRITE, as is a device that refuses at once. One that took the
 * write, and did not keep it, says so at the flush.
 */
export function isWriteRefused(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE'
}

/** Prepares each text once: for queries that are put together from a few optional conditions. */
export function statementCache(db: Db): (sql: string) => Statement {
  const statements = new Map<string, Statement>()
  return (sql) => {
    const known = statements.get(sql)
    if (known) return known
    const statement = db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
}

/**
 * Opens a connection that waits for nobody: one process holds the file, or it is held by another. Throws StoreUnusable where SQLite's own
 * binary can't be loaded.
 */
export function connect(file: string): Db {
  try {
    return new Database(file, { timeout: 0 })
  } catch (error) {
    throw isLoadFailure(error) ? notLoaded(error) : error
  }
}

/** The binary belongs to one version of Node and one kind of machine; `tries`: the places where none was found. */
const isLoadFailure = (error: unknown): error is Error & { readonly tries?: unknown } =>
  error instanceof Error && (('code' in error && error.code === 'ERR_DLOPEN_FAILED') || 'tries' in error)

const notLoaded = (error: Error & { readonly tries?: unknown }): StoreUnusable =>
  new StoreUnusable(
    `The binary of SQLite ${error.tries ? 'is missing' : 'is damaged, or was built for another Node or machine'}: with the Node that is to run ` +
      'this, run "npm run build" in a clone of Holdpoint, or "npm rebuild better-sqlite3" where it was installed as a package.',
    { cause: error },
  )

/**
 * Takes the exclusive lock, which the operating system drops when the process dies, and switches to WAL.
 * The lock comes first: in exclusive mode WAL needs no shared memory file, and nobody else can get between.
 * Throws SQLite's `SQLITE_BUSY` where another connection holds the file.
 */
export function takeExclusively(db: Db): void {
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE; COMMIT')
}

/** Checkpoints are taken by hand (database-steps.ts), not inside a COMMIT. */
export function configure(db: Db): void {
  db.pragma('synchronous = FULL')
  db.pragma('wal_autocheckpoint = 0')
  db.pragma('foreign_keys = OFF')
  db.pragma('temp_store = MEMORY')
  // KiB. Four times as much takes a tenth off a connect with its run start, and adds 2 KiB to each of 10,000 idle agents; a quarter
  // costs a connect a twentieth, and the store's part of it a tenth. Round trips do not mind, nor after a long history.
  db.pragma('cache_size = -16384')
}

/** What the database really runs with: to be shown, and to be checked. */
export interface Settings {
  readonly journalMode: string
  /** 2 is FULL: every commit is fsynced. */
  readonly synchronous: number
  readonly lockingMode: string
}

export const readSettings = (db: Db): Settings => ({
  journalMode: String(db.pragma('journal_mode', { simple: true })),
  synchronous: Number(db.pragma('synchronous', { simple: true })),
  lockingMode: String(db.pragma('locking_mode', { simple: true })),
})

/**
 * PR1: refuses a database whose commits would not be durable. To be asked after the first write: builds that default
 * to NORMAL in WAL change the setting only then.
 */
export function assertDurable(settings: Settings): void {
  if (settings.synchronous < 2 || settings.journalMode !== 'wal')
    throw new StoreUnusable(
      `SQLite runs with journal_mode=${settings.journalMode} and synchronous=${settings.synchronous} instead of WAL ` +
        'and FULL (2), so a commit could be lost in a power failure; use a build that keeps these settings.',
    )
}

/** What every decision rests on: small, however long the history is. */
const ALWAYS_CHECKED = ['meta', 'documents', 'partitions', 'deadlines']

/**
 * Refuses a damaged file with a sentence, before anything is decided on what it says. Of one larger than `wholeUpToBytes` only
 * the tables are checked that every decision rests on: a history of years would keep agents halted for minutes, and what
 * is damaged in it refuses those who read or write there.
 */
export function assertSound(db: Db, file: string, wholeUpToBytes: number): void {
  let finding: string | undefined
  try {
    finding = sizeOf(db) <= wholeUpToBytes ? findingIn(db, 1) : firstFinding(db)
  } catch (error) {
    finding = error instanceof Error ? error.message : String(error)
  }
  if (finding !== undefined) throw damaged(file, finding)
}

/** In a table, or in the whole file, of which it names so many. */
function findingIn(db: Db, where: string | number): string | undefined {
  const said = String(db.pragma(`quick_check(${where})`, { simple: true }))
  return said === 'ok' ? undefined : said
}

function firstFinding(db: Db): string | undefined {
  const names = new Set(db.prepare<unknown[], string>('SELECT name FROM sqlite_schema').pluck().all())
  for (const table of ALWAYS_CHECKED) {
    // a new file has none of them yet
    const finding = names.has(table) ? findingIn(db, table) : undefined
    if (finding !== undefined) return finding
  }
  return undefined
}

/** Free pages included. */
export const sizeOf = (db: Db): number =>
  Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))

export const damaged = (file: string, finding: string): StoreUnusable =>
  new StoreUnusable(
    `${file} is damaged (${finding.replace(/\s+/g, ' ')}); restore a backup, or recover it with sqlite3's .recover.`,
  )
