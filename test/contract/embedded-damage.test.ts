import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore, StoreUnusable, verifyChain } from '@holdpoint/server'
import { describe, expect, it } from 'vitest'
import { copyFolder, databaseIn, openEmbedded, tamper, temporaryFolder } from './embedded-harness.ts'
import { agentRef, committed, startedBy, upTo, wholeFeed, worker } from './store-harness.ts'

describe('what cannot be opened', () => {
  it('a store of a newer version is refused with a sentence, and left alone', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    await h.store.close()
    const version = tamper(h.folder, (db) => db.pragma('user_version', { simple: true }))
    tamper(h.folder, (db) => db.pragma('user_version = 99'))
    const refusal = openEmbeddedStore({ folder: h.folder, clock: h.clock })
    await expect(refusal).rejects.toBeInstanceOf(StoreUnusable)
    await expect(refusal).rejects.toThrow(/written by a newer Holdpoint \(its schema is version 99/)
    tamper(h.folder, (db) => db.pragma(`user_version = ${version}`))
    await h.reopen()
    expect(await h.store.load(worker)).toMatchObject({ version: 1 })
  })

  it('[PR7] the chain shows a row that was changed, removed, or given another author', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker, { events: upTo(5).map(() => startedBy('worker')) })
    await h.store.close()
    for (const set of [`data = replace(data, 'r1', 'r2')`, `actor = 'ana'`, 'at = at + 1', `hash = hex(0)`]) {
      using copy = temporaryFolder()
      copyFolder(h.folder, copy.path)
      const sql = `UPDATE events SET ${set} WHERE pos % 1024 = 3`
      expect(tamper(copy.path, (db) => db.prepare(sql).run().changes)).toBe(1)
      const store = await openEmbeddedStore({ folder: copy.path, clock: h.clock })
      expect(verifyChain(await wholeFeed(store)), set).toMatchObject({ seq: 3 })
      await store.close()
    }
    using copy = temporaryFolder()
    copyFolder(h.folder, copy.path)
    tamper(copy.path, (db) => db.prepare('DELETE FROM events WHERE pos % 1024 = 2').run())
    const store = await openEmbeddedStore({ folder: copy.path, clock: h.clock })
    expect(verifyChain(await wholeFeed(store))).toMatchObject({
      seq: 3,
      reason: expect.stringContaining('2 is missing'),
    })
    await store.close()
    await h.reopen()
  })

  it.each([
    ['its first page', 0],
    ['a page in the middle', 8 * 4096],
  ])('a file with rubbish in %s is refused with a sentence', async (_, offset) => {
    await using h = await openEmbedded()
    await Promise.all(upTo(200).map((n) => committed(h.store, agentRef(`w${n}`))))
    await h.store.close()
    using damaged = temporaryFolder()
    copyFolder(h.folder, damaged.path)
    const file = openSync(databaseIn(damaged.path), 'r+')
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, offset)
    closeSync(file)
    const refusal = openEmbeddedStore({ folder: damaged.path, clock: h.clock })
    await expect(refusal).rejects.toBeInstanceOf(StoreUnusable)
    await expect(refusal).rejects.toThrow(/is damaged \(.+\); restore a backup/)
    expect(existsSync(join(damaged.path, 'holder.json'))).toBe(false)
    await h.reopen()
  })

  it('of a long history only what every decision rests on is checked at the start, and damage in the rest is refused where it is read', async () => {
    await using h = await openEmbedded()
    for (const n of upTo(50)) await committed(h.store, agentRef(`w${n}`), { events: [startedBy('worker')] })
    await h.store.close()
    const damagedIn = (table: string, path: string): void => {
      copyFolder(h.folder, path)
      const root = tamper(path, (db) =>
        Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table)),
      )
      const file = openSync(databaseIn(path), 'r+')
      writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, (root - 1) * 4096)
      closeSync(file)
    }
    for (const table of ['documents', 'partitions', 'deadlines', 'meta']) {
      using folder = temporaryFolder()
      damagedIn(table, folder.path)
      const refusal = openEmbeddedStore({ folder: folder.path, clock: h.clock, checkedUpToBytes: 0 })
      await expect(refusal, table).rejects.toThrow(/is damaged \(.+\); restore a backup/)
    }
    using folder = temporaryFolder()
    damagedIn('events', folder.path)
    await expect(openEmbeddedStore({ folder: folder.path, clock: h.clock })).rejects.toThrow(/is damaged/)
    const store = await openEmbeddedStore({ folder: folder.path, clock: h.clock, checkedUpToBytes: 0 })
    expect((await store.load(agentRef('w1'))).version).toBe(1)
    await expect(wholeFeed(store)).rejects.toThrow(/malformed/)
    await store.close().catch(() => {})
    await h.reopen()
  })
})
