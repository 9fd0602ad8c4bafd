import { StoreUnusable } from '../store.ts'
import type { Db } from './sqlite.ts'

/**
 * Brings the schema up to date in one transaction: all steps or none. Returns the version that it found.
 * Throws StoreUnusable for a version that this program doesn't know: writing to it could damage what it can't read.
 */
export function migrate(db: Db, migrations: readonly string[]): number {
  const found = Number(db.pragma('user_version', { simple: true }))
  if (found > migrations.length)
    throw new StoreUnusable(
      `The store was written by a newer Holdpoint (its schema is version ${found}, this one knows up to ` +
        `${migrations.length}); start that version, or restore a backup from before the upgrade.`,
    )
  db.transaction(() => {
    for (const step of migrations.slice(found)) db.exec(step)
    db.pragma(`user_version = ${migrations.length}`)
  })()
  return found
}
