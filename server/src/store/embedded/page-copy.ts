import type { Db } from './sqlite.ts'

/** SQLite's backup API on one connection. */
export interface PageCopy {
  /**
   * Copies so many pages more, 0 to look how many there are. Beside a transaction of the same connection none is copied, and none is
   * found before the first that was: `totalPages` is 0 then. Throws SqliteError.
   */
  transfer(pages: number): { readonly totalPages: number; readonly remainingPages: number }
  close(): void
}

interface Native {
  backup(db: Db, schema: string, file: string, unlinkOnFailure: boolean): PageCopy
}

/**
 * As better-sqlite3's own `backup()`, a step for each call: that one takes its next step in the next turn of the loop, whatever its
 * caller has to wait for, and so keeps a processor busy while a disk is slow. `file` is there, and empty.
 */
export const beginPageCopy = (db: Db, file: string): PageCopy => nativeOf(db).backup(db, 'main', file, false)

/** What better-sqlite3 keeps behind its object, under a symbol of its own. */
function nativeOf(db: Db): Native {
  const kept = Object.getOwnPropertySymbols(db).map((key) => (db as unknown as Record<symbol, unknown>)[key])
  const native = kept.find((one) => typeof (one as Partial<Native> | undefined)?.backup === 'function')
  if (!native) throw new Error('This version of better-sqlite3 can not be told to copy step by step.')
  return native as Native
}
