import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock } from '../../../../test/harness/manual-clock.ts'
import { StoreUnusable } from '../store.ts'
import { migrate } from './migrate.ts'
import { openEmbeddedStore } from './open-store.ts'
import { migrations } from './schema.ts'
import { copyStoppedStore } from './stopped-copy.ts'
import { withStoppedLog } from './stopped-log.ts'

let root: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'older-schema-'))
  folder = join(root, 'store')
  mkdirSync(folder)
})
afterEach(() => rmSync(root, { recursive: true }))

const fileOf = (of: string): string => join(of, 'holdpoint.db')

function looked<T>(file: string, look: (db: Database.Database) => T): T {
  const db = new Database(file)
  try {
    return look(db)
  } finally {
    db.close()
  }
}

const versionOf = (file: string): unknown => looked(file, (db) => db.pragma('user_version', { simple: true }))

/** A store of schema 2 with one document, as its version left it, and what that version's journal still holds. */
const leaveSchema2 = (...journal: readonly string[]): void =>
  looked(fileOf(folder), (db) => {
    migrate(db, migrations.slice(0, 2))
    db.exec(`INSERT INTO meta VALUES (1, 'store-of-old', 1, 0);
             INSERT INTO documents VALUES ('acme', 'agent', 'worker', 7, '{"id":"worker"}')`)
    for (const entry of journal) db.prepare('INSERT INTO journal (entry) VALUES (?)').run(entry)
  })

const open = () => openEmbeddedStore({ folder, clock: manualClock() })

describe('a store of schema 2, whose journal was a table', () => {
  const waysIn: readonly [string, () => Promise<unknown>][] = [
    ['started', open],
    ['copied', () => copyStoppedStore(folder, join(root, 'copy.db'))],
    ['verified', () => withStoppedLog(fileOf(folder), async (log) => log.heads())],
  ]

  it.each(waysIn)(
    '[PR1] is not %s while that holds commits: they would be dropped with it',
    async (_, way) => {
      leaveSchema2('a commit that was acknowledged')
      const refusal = way()
      await expect(refusal).rejects.toBeInstanceOf(StoreUnusable)
      await expect(refusal).rejects.toThrow(
        'left commits in its journal; start that version once more and stop it, then start this one.',
      )
      expect(versionOf(fileOf(folder))).toBe(2)
      const kept = looked(fileOf(folder), (db) => db.prepare('SELECT entry FROM journal').pluck().all())
      expect(kept).toEqual(['a commit that was acknowledged'])
      expect(readdirSync(root)).toEqual(['store'])
    },
  )

  it.each(waysIn)('is %s where that is empty', async (_, way) => {
    leaveSchema2()
    const result = await way()
    await (result as { close?: () => Promise<void> } | undefined)?.close?.()
  })

  it('[PR1] keeps what it holds, and is of the newest schema once it was started', async () => {
    leaveSchema2()
    const store = await open()
    expect(await store.load({ tenant: 'acme', kind: 'agent', id: 'worker' })).toMatchObject({ version: 7 })
    await store.close()
    expect(versionOf(fileOf(folder))).toBe(migrations.length)
  })

  it('is copied as a store of the newest schema, and left as it is', async () => {
    leaveSchema2()
    const file = join(root, 'copy.db')
    await copyStoppedStore(folder, file)
    expect([versionOf(fileOf(folder)), versionOf(file)]).toEqual([2, migrations.length])
    const version = looked(file, (db) => db.prepare('SELECT version FROM documents').pluck().get())
    expect(version).toBe(7)
  })
})
