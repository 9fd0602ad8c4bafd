/**
 * A copy of the database as it stands at one moment, taken while commits go on: page by page, in between what else the process
 * does. What this connection writes to pages that were copied already goes into the copy as well (SQLite's backup API), so that
 * it never has to begin anew, and ends as of its last step: every table at one commit. How far it gets beside them: copy-pace.ts.
 */
import { closeSync, openSync, rmSync, statfsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Copying } from '../copying.ts'
import { StoreUnavailable } from '../store.ts'
import { type CopyPace, copyPace } from './copy-pace.ts'
import { type Disk, isFull, systemDisk } from './disk.ts'
import { syncFolder } from './folder.ts'
import { beginPageCopy } from './page-copy.ts'
import { type Db, sizeOf, sqliteCode } from './sqlite.ts'

/**
 * How much is written before the disk is asked to keep it, and at most meanwhile: at the end SQLite waits for the rest, and everybody
 * with it.
 */
const SYNC_EVERY_PAGES = 1_024
/** What must stay free beside the copy, for commits that go on meanwhile. Unit: bytes. */
const LEFT_FREE = 64 * 1024 * 1024

interface CopyMeans {
  /**
   * Whether a transaction of this connection has left nothing since the copy was begun: SQLite begins that anew then, and copies nothing
   * beside one, so that it would never end where there is no room for what must be written.
   */
  readonly isSetBack?: () => boolean
  readonly pace?: CopyPace
  readonly flushApart?: Disk['flushApart']
}

/** `file` must not exist; its owner's alone. Throws StoreUnavailable where there is no room for it. */
export async function copyDatabase(
  db: Db,
  file: string,
  { told, signal }: Copying,
  { isSetBack = () => false, pace = copyPace(), flushApart = systemDisk.flushApart }: CopyMeans = {},
): Promise<void> {
  assertRoom(file, sizeOf(db))
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    throw notCopied(file, error)
  }
  // Kept open beside SQLite's own: closing it sooner would drop the locks of that (POSIX).
  const handle = await open(file, 'r+')
  const flusher = backgroundSync(handle, flushApart)
  try {
    const copy = beginPageCopy(db, file)
    try {
      for (let pages = 0; ; await nextTurn()) {
        signal?.throwIfAborted()
        if (isSetBack()) throw noRoomBesideCopy()
        const beganAt = performance.now()
        const { totalPages, remainingPages } = copy.transfer(pages)
        if (totalPages === 0) continue
        if (remainingPages === 0) break
        const done = totalPages - remainingPages
        told?.(done, totalPages)
        pages = pace.gotOn(remainingPages, performance.now() - beganAt)
        await flusher.keepUp(done)
      }
    } finally {
      copy.close()
    }
    pace.ended()
    await flusher.end()
    syncFolder(dirname(file))
  } catch (error) {
    pace.ended()
    await flusher.end().catch(() => {})
    removeCopy(file)
    throw notCopied(file, error)
  }
}

function backgroundSync(handle: FileHandle, flush: Disk['flushApart']) {
  let asked = 0
  let syncing: Promise<void> | undefined
  let failure: unknown
  return {
    /** Resolves once not too much is on its way to the disk. Rejects with what a flush has failed with. */
    async keepUp(pages: number): Promise<void> {
      if (pages - asked >= SYNC_EVERY_PAGES) {
        await syncing
        asked = pages
        syncing = flush(handle.fd)
          .catch((error: unknown) => {
            failure = error
          })
          .finally(() => {
            syncing = undefined
          })
      }
      if (failure) throw failure
    },
    async end(): Promise<void> {
      await syncing
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
      if (failure) throw failure
    },
  }
}

function assertRoom(file: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(file))
  if (bavail * bsize < bytes + LEFT_FREE) throw noRoomForCopy(file)
}

/** What of a failure is the disk's state; everything else as it is. */
function notCopied(file: string, error: unknown): unknown {
  const code = sqliteCode(error)
  if (isFull(error) || code === 'SQLITE_FULL') return noRoomForCopy(file, error)
  // of a step SQLite says no more, whether it could not read the store, or write the copy, or what it keeps beside that
  if (!/^SQLITE_(IOERR|CANTOPEN)/.test(code ?? '')) return error
  return new StoreUnavailable(
    `The disk did not take a copy of the store in ${dirname(file)} (${code}): a quota there is used up, or the disk fails; ` +
      'make room, and try again.',
    { cause: error },
  )
}

export const noRoomForCopy = (file: string, cause?: unknown): StoreUnavailable =>
  new StoreUnavailable(
    `There is no room for a copy of the store in ${dirname(file)}; make some, and try again.`,
    { cause },
  )

const noRoomBesideCopy = (): StoreUnavailable =>
  new StoreUnavailable(
    'The store found no room for what it had to write while it was copied, and the copy was given up: make room on the disk of the ' +
      'store, and try again.',
  )

/** With what SQLite keeps beside it while it writes there. */
export function removeCopy(file: string): void {
  for (const name of [file, `${file}-journal`, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true })
}
