import { existsSync } from 'node:fs'
import type { Copying } from '../copying.ts'
import { StoreUnusable } from '../store.ts'
import { copyDatabase, noRoomForCopy, removeCopy } from './backup.ts'
import { heldBy, type StoreFiles, storeFiles } from './folder.ts'
import { migrate } from './migrate.ts'
import { assertNothingOwed, openTables, takeUp } from './open-store.ts'
import { migrations } from './schema.ts'
import { connect, damaged, isWriteRefused, sqliteCode, takeExclusively } from './sqlite.ts'

/**
 * Copies a store that nobody has open, as `copyDatabase` does; the copy is of the newest schema. Throws StoreHeld where somebody has it,
 * StoreUnusable where there is none, it is damaged, or an earlier version has to take up its journal first.
 */
export async function copyStoppedStore(folder: string, file: string, copying: Copying = {}): Promise<void> {
  const files = storeFiles(folder)
  // connecting would make an empty one
  if (!existsSync(files.database))
    throw new StoreUnusable(`There is no embedded store in ${files.folder}: its holdpoint.db is missing.`)
  const db = connect(files.database)
  try {
    takeExclusively(db)
    await copyDatabase(db, file, copying)
    try {
      takeUpInto(file, files.journal)
    } catch (error) {
      // a copy without what the journal holds must not pass for a backup
      removeCopy(file)
      throw isWriteRefused(error) ? noRoomForCopy(file, error) : error
    }
  } catch (error) {
    const code = sqliteCode(error)
    if (code?.startsWith('SQLITE_BUSY')) throw heldBy(files)
    throw code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')
      ? damaged(files.database, code)
      : error
  } finally {
    db.close()
  }
}

/** What its process left in the journal when it died goes into the copy; the store itself is left as it is. */
function takeUpInto(file: string, journal: StoreFiles['journal']): void {
  const copy = connect(file)
  try {
    takeExclusively(copy)
    assertNothingOwed(copy)
    migrate(copy, migrations)
    takeUp(copy, openTables(copy), journal)
    // closing it does that as well, and says nothing where there is no room: the rest would stay in a log beside it
    copy.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    copy.close()
  }
}
