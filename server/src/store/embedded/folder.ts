import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { makePrivateFolder } from '../../private-folder.ts'
import { StoreHeld, StoreUnavailable } from '../store.ts'
import { sqliteCode } from './sqlite.ts'

const OWNER_ONLY = 0o600

export interface StoreFiles {
  readonly folder: string
  readonly database: string
  /** Its write-ahead log. */
  readonly wal: string
  /** What the database has not yet (journal.ts). */
  readonly journal: readonly [string, string]
  /** Who has the store open; tells a person, locks nothing. */
  readonly holder: string
  /** The witness (witness.ts). */
  readonly heads: string
}

export function storeFiles(folder: string, name = 'holdpoint.db'): StoreFiles {
  const root = resolve(folder)
  const database = join(root, name)
  return {
    folder: root,
    database,
    wal: `${database}-wal`,
    journal: [`${database}-journal-a`, `${database}-journal-b`],
    holder: join(root, 'holder.json'),
    heads: join(root, 'heads.json'),
  }
}

/** Makes the folder (0700) and an empty database file (0600), whose mode SQLite copies to its WAL. */
export function prepareFolder(files: StoreFiles): void {
  makePrivateFolder(files.folder)
  // Only a file that isn't there is opened here: closing a descriptor of a database that this process has open would
  // drop its lock (POSIX).
  if (existsSync(files.database)) return
  closeSync(openSync(files.database, 'wx', OWNER_ONLY))
  syncFolder(files.folder)
  syncFolder(dirname(files.folder))
}

/** Makes what was created or renamed in a folder survive a power failure. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Says who holds the store from now on. `since` is ms. */
export function writeHolder(files: StoreFiles, pid: number | undefined, since: number): void {
  const holder = { pid, host: hostname(), since: new Date(since).toISOString() }
  writeFileSync(files.holder, `${JSON.stringify(holder)}\n`, { mode: OWNER_ONLY })
}

/** The journal's files, once the database has all that they hold. */
export function removeJournal(files: StoreFiles): void {
  for (const file of files.journal) rmSync(file, { force: true })
}

export const removeHolder = (files: StoreFiles): void => rmSync(files.holder, { force: true })

/** The refusal for whoever finds the store locked. */
export function heldBy(files: StoreFiles): StoreHeld {
  const { pid, host, since } = readHolder(files)
  const who = pid ? `process ${pid}` : 'another process'
  return new StoreHeld(
    `${files.folder} is held by ${who}${host ? ` on ${host}` : ''}${since ? ` since ${since}` : ''}; ` +
      'stop it first, or use another folder.',
  )
}

/** What ends a process whose store was taken away under its feet. */
export const displaced = ({ database }: StoreFiles): Error =>
  new Error(
    `${database} was removed or replaced while it was in use; stop the server before its files are moved`,
  )

/** For a start that would write, and can not. */
export const noRoomToStart = ({ folder }: StoreFiles, cause: unknown): StoreUnavailable =>
  new StoreUnavailable(
    sqliteCode(cause) === 'SQLITE_IOERR_WRITE'
      ? `The disk does not take what the store in ${folder} must write first: its quota is used up, or it fails. Make room, and start again.`
      : `The disk has no room for the store in ${folder}: make some, and start again.`,
    { cause },
  )

/** For one that can not even be locked. */
export const notOpened = ({ folder }: StoreFiles, code: string, cause: unknown): StoreUnavailable =>
  new StoreUnavailable(
    `The store in ${folder} can not be opened for writing (${code}): its file system is read-only, or the disk fails.`,
    { cause },
  )

/** Whatever can be read: the holder may be just about to write it. */
function readHolder(files: StoreFiles): { pid?: unknown; host?: unknown; since?: unknown } {
  try {
    return JSON.parse(readFileSync(files.holder, 'utf8')) ?? {}
  } catch {
    return {}
  }
}
