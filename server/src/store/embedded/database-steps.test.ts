import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOUR, SECOND } from '@holdpoint/shared'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Descriptors, openDatabaseFiles } from './database-files.ts'
import { databaseSteps } from './database-steps.ts'
import { systemDisk } from './disk.ts'
import { storeFiles } from './folder.ts'
import { configure, connect, takeExclusively } from './sqlite.ts'
import { StoreHealth } from './store-health.ts'

it('[PR1] a log that the database did not take is tried again within 30 s, however long the clock says that a try took', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-steps-'))
  const paths = storeFiles(folder)
  const db = connect(paths.database)
  const descriptors = new Descriptors()
  try {
    takeExclusively(db)
    configure(db)
    db.exec('CREATE TABLE texts (text TEXT)')
    const files = openDatabaseFiles(descriptors, paths, systemDisk)
    const fatal: Error[] = []
    const told: (Error | undefined)[] = []
    let elapsed = 0
    const steps = databaseSteps(
      db,
      files,
      new StoreHealth((error) => fatal.push(error)),
      { monotonicMs: () => elapsed },
      (why) => told.push(why),
    )
    let isFailing = true
    const pragma = db.pragma.bind(db)
    db.pragma = (source, options) => {
      if (isFailing && source === 'wal_checkpoint(PASSIVE)') {
        // as of a machine that slept in its midst
        elapsed += HOUR
        throw new Database.SqliteError('fault: not written', 'SQLITE_IOERR_WRITE')
      }
      return pragma(source, options)
    }
    db.prepare('INSERT INTO texts VALUES (?)').run('x'.repeat(17_000_000))
    expect(steps.isCheckpointDue()).toBe(true)
    steps.checkpoint()
    expect(steps.isCheckpointDue()).toBe(false)
    elapsed += 30 * SECOND
    expect(steps.isCheckpointDue()).toBe(true)
    isFailing = false
    steps.checkpoint()
    await steps.flushed()
    expect(told).toEqual([expect.objectContaining({ code: 'SQLITE_IOERR_WRITE' }), undefined])
    expect({ fatal, checkpoints: steps.checkpoints, logged: steps.loggedPages }).toEqual({
      fatal: [],
      checkpoints: 1,
      logged: 0,
    })
  } finally {
    db.close()
    descriptors.close()
    rmSync(folder, { recursive: true })
  }
})
