import { newId } from '@holdpoint/shared'
import type { Db } from './sqlite.ts'

/** One row: which store this is, its epoch (ST9), and its last commit's time (ST10). */
export interface Meta {
  readonly storeId: string
  readonly epoch: number
  readonly lastCommit: number
}

export function metaTable(db: Db) {
  const read = db.prepare<unknown[], Meta>(
    'SELECT store_id AS storeId, epoch, last_commit AS lastCommit FROM meta WHERE id = 1',
  )
  const insert = db.prepare('INSERT INTO meta (id, store_id, epoch, last_commit) VALUES (1, ?, 1, 0)')
  const epoch = db.prepare('UPDATE meta SET epoch = ? WHERE id = 1')
  const committed = db.prepare('UPDATE meta SET last_commit = ? WHERE id = 1')

  return {
    /** What is stored, made up where the database is new. Also the first write after the settings were made. */
    readOrCreate(): Meta {
      const standing = read.get()
      if (!standing) insert.run(newId())
      else epoch.run(standing.epoch)
      return read.get() as Meta
    },
    setEpoch: (value: number): void => {
      epoch.run(value)
    },
    setLastCommit: (at: number): void => {
      committed.run(at)
    },
  }
}
