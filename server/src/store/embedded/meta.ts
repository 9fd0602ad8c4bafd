import { crc32 } from 'node:zlib'
import { newId } from '@holdpoint/shared'
import type { Place } from './journal-file.ts'
import type { Db } from './sqlite.ts'

/**
 * One row: which store this is, its epoch (ST9), its last commit's time (ST10), and up to which entry of the journal the
 * tables have everything.
 */
export interface Meta {
  readonly storeId: string
  readonly epoch: number
  readonly lastCommit: number
}

interface Row extends Meta {
  readonly settled: number
  readonly settledCheck: number
}

export function metaTable(db: Db) {
  const read = db.prepare<unknown[], Row>(
    `SELECT store_id AS storeId, epoch, last_commit AS lastCommit, settled, settled_check AS settledCheck
     FROM meta WHERE id = 1`,
  )
  const insert = db.prepare(
    'INSERT INTO meta (id, store_id, epoch, last_commit, settled, settled_check) VALUES (1, ?, 1, 0, 0, ?)',
  )
  const epoch = db.prepare('UPDATE meta SET epoch = ? WHERE id = 1')
  const settled = db.prepare('UPDATE meta SET settled = ?, settled_check = ?, last_commit = ? WHERE id = 1')

  return {
    /** What is stored, made up where the database is new. Also the first write after the settings were made. */
    readOrCreate(): Meta {
      const standing = read.get()
      const storeId = newId()
      // the first entry's check goes on from it, so that no other store's journal fits
      if (!standing) insert.run(storeId, crc32(storeId))
      else epoch.run(standing.epoch)
      return read.get() as Meta
    },
    setEpoch: (value: number): void => {
      epoch.run(value)
    },
    /** The number is 0 before the first. */
    settled(): Place {
      const { settled: number, settledCheck: check } = read.get() as Row
      return { number, check }
    },
    setSettled({ number, check }: Place, at: number): void {
      settled.run(number, check, at)
    },
  }
}
