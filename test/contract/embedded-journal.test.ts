import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore, StoreUnusable, verifyChain } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../harness/manual-clock.ts'
import { until } from '../harness/until.ts'
import { copyFolder, databaseIn, openEmbedded, tamper, temporaryFolder } from './embedded-harness.ts'
import { agentRef, committed, partition, TENANT, upTo, wholeFeed, worker } from './store-harness.ts'

describe('the journal', () => {
  it('[ST3] [ST9] what a process that died left in the journal is in the tables, and the hashes go on from there', async () => {
    await using h = await openEmbedded()
    for (const n of upTo(20)) await committed(h.store, agentRef(`w${n}`))
    const head = await h.store.head(partition)
    await h.crash()
    expect(await h.store.head(partition)).toEqual(head)
    expect(h.store.epoch).toBe(1)
    await committed(h.store, worker)
    expect(verifyChain(await wholeFeed(h.store))).toBeUndefined()
    await h.store.close()
    expect(readdirSync(h.folder).filter((file) => file.includes('journal'))).toEqual([])
    expect(tamper(h.folder, (db) => db.prepare('SELECT count(*) FROM events').pluck().get())).toBe(21)
    await h.reopen()
  })

  it('[ST1] [ST3] commits go on while the tables get what they lack, and nothing is lost or doubled where that is cut off', async () => {
    await using h = await openEmbedded()
    const record = (id: string, open: boolean) => ({
      records: [{ kind: 'run' as const, id, status: open ? 'open' : 'over', open, at: 1, data: { id } }],
    })
    const deadline = (n: number) => ({ deadlines: { set: [{ name: 'halt', dueAt: h.store.now() + n }] } })
    let n = 0
    /** Each agent twice: the second time its record is over, and its deadline later. */
    const work = async (turns: number) => {
      for (const _ of upTo(turns)) {
        const ids = upTo(50).map(() => `w${++n}`)
        await Promise.all(
          ids.map((id) => committed(h.store, agentRef(id), { ...record(id, true), ...deadline(1) })),
        )
        await Promise.all(
          ids.map((id) =>
            committed(h.store, agentRef(id), {
              expectedVersion: 1,
              ...record(id, false),
              ...deadline(MINUTE),
            }),
          ),
        )
      }
    }
    // 2,048 changes are owed when the tables get them: then they are being written, and then others have gathered since
    for (const [round, turns] of [21, 24, 46].entries()) {
      // so that it begins between the two commits of some agents
      await Promise.all(upTo(50).map((one) => committed(h.store, agentRef(`once-${round}-${one}`))))
      await work(turns)
      await h.crash()
      expect(await h.store.head(partition)).toMatchObject({ seq: 2 * n + 50 * (round + 1) })
    }
    await work(2)
    const feed = await wholeFeed(h.store)
    expect(feed).toHaveLength(2 * n + 150)
    expect(verifyChain(feed)).toBeUndefined()
    expect(await h.store.countOpen(TENANT)).toEqual({})
    for (const id of upTo(n).map((one) => `w${one}`)) {
      expect(await h.store.load(agentRef(id))).toMatchObject({ version: 2 })
      expect(await h.store.record(TENANT, 'run', id)).toMatchObject({
        status: 'over',
        seq: expect.any(Number),
      })
    }
    expect(await h.store.claimDeadlines(10, MINUTE)).toEqual([])
    expect(await h.store.nextDeadlineAt()).toBe(h.store.now() + MINUTE)
    expect(h.fatal).toEqual([])
  })

  it('[ST3] the tables are given what they lack once nobody has committed for a moment, so that it is not kept in memory', async () => {
    await using h = await openEmbedded()
    using left = temporaryFolder()
    const inTables = () => {
      copyFolder(h.folder, left.path)
      for (const file of readdirSync(left.path).filter((name) => name.includes('journal')))
        rmSync(join(left.path, file))
      return tamper(left.path, (db) => db.prepare('SELECT count(*) FROM events').pluck().get())
    }
    for (const n of upTo(30)) await committed(h.store, agentRef(`w${n}`))
    await h.advance(400)
    await committed(h.store, worker)
    await h.advance(400)
    expect(inTables()).toBe(0)
    await h.advance(100)
    expect(inTables()).toBe(31)
    await committed(h.store, worker, { expectedVersion: 1 })
    await h.crash()
    expect(await h.store.head(partition)).toMatchObject({ seq: 32 })
    expect(verifyChain(await wholeFeed(h.store))).toBeUndefined()
    expect(h.fatal).toEqual([])
  })

  it('[ST3] the tables are given many documents before they lack as many changes as may be: each has pages of its own', async () => {
    using root = temporaryFolder()
    const store = await openEmbeddedStore({ folder: root.path, clock: manualClock() })
    const inLog = (): number => store.stats().loggedPages
    const before = inLog()
    const many = (from: number) =>
      Promise.all(upTo(256).map((n) => committed(store, agentRef(`w${from + n}`))))
    for (let from = 0; from < 2_048; from += 256) {
      expect(inLog()).toBe(before)
      await many(from)
    }
    await until('they are in the log of the database', () => inLog() > before)
    await store.close()
  })

  it('[ST3] both files of the journal are used in turn, again and again, and a crash finds what is in them', async () => {
    await using h = await openEmbedded()
    const text = 'x'.repeat(400_000)
    let n = 0
    for (const _ of upTo(4)) {
      for (const __ of upTo(12)) {
        n += 1
        await committed(h.store, agentRef(`w${n}`), {
          blobs: [{ digest: `sha256:${n}`, text: `${n}${text}` }],
        })
        // the tables get it, so that its file becomes free
        if (n % 5 === 0) await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
      }
      const sizes = ['a', 'b'].map((name) => statSync(join(h.folder, `holdpoint.db-journal-${name}`)).size)
      for (const size of sizes) expect(size).toBeLessThan(20_000_000)
      await h.crash()
      for (const one of upTo(n))
        expect((await h.store.blob(TENANT, `sha256:${one}`))?.length).toBeGreaterThan(400_000)
    }
    expect(verifyChain(await wholeFeed(h.store))).toBeUndefined()
  })

  it('[ST3] a journal whose beginning is damaged does not pass for an empty one: a start is refused, and all is there once it is mended', async () => {
    await using h = await openEmbedded()
    for (const n of upTo(3)) await committed(h.store, agentRef(`w${n}`))
    using left = temporaryFolder()
    copyFolder(h.folder, left.path)
    const file = join(left.path, 'holdpoint.db-journal-a')
    const whole = readFileSync(file)
    writeFileSync(file, Buffer.from(whole).fill(0, 0, 32))
    const refusal = openEmbeddedStore({ folder: left.path, clock: h.clock })
    await expect(refusal).rejects.toBeInstanceOf(StoreUnusable)
    await expect(refusal).rejects.toThrow(`The beginning of ${file} is damaged`)
    writeFileSync(file, whole)
    const store = await openEmbeddedStore({ folder: left.path, clock: h.clock })
    expect(await wholeFeed(store)).toHaveLength(3)
    await store.close()
  })

  it('[ST9] a journal that belongs to another copy of the database is refused, and left alone', async () => {
    await using h = await openEmbedded()
    using backup = temporaryFolder()
    await committed(h.store, worker)
    await h.reopen()
    copyFolder(h.folder, backup.path)
    for (const n of upTo(3)) {
      await committed(h.store, worker, { expectedVersion: n })
      await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
    }
    using left = temporaryFolder()
    copyFolder(h.folder, left.path)
    execFileSync('cp', [join(backup.path, 'holdpoint.db'), join(left.path, 'holdpoint.db')])
    rmSync(join(left.path, 'holdpoint.db-wal'))
    // the copy is of before all of them, and the journal goes on from there: that is the very history that was lost
    const restored = await openEmbeddedStore({ folder: left.path, clock: h.clock })
    expect(await restored.load(worker)).toMatchObject({ version: 4 })
    await restored.close()

    using another = temporaryFolder()
    const other = await openEmbeddedStore({ folder: another.path, clock: h.clock })
    await committed(other, agentRef('elsewhere'))
    await other.close()
    copyFolder(h.folder, left.path)
    execFileSync('cp', [join(another.path, 'holdpoint.db'), join(left.path, 'holdpoint.db')])
    rmSync(join(left.path, 'holdpoint.db-wal'))
    const refusal = openEmbeddedStore({ folder: left.path, clock: h.clock })
    await expect(refusal).rejects.toBeInstanceOf(StoreUnusable)
    await expect(refusal).rejects.toThrow(/another history: put both back from the same backup/)
    expect(existsSync(join(left.path, 'holdpoint.db-journal-a'))).toBe(true)
  })

  it('[ST9] a journal of after lost history does not go on from a copy of before it was noticed', async () => {
    await using h = await openEmbedded()
    using backup = temporaryFolder()
    using left = temporaryFolder()
    await committed(h.store, worker)
    await h.store.close()
    copyFolder(h.folder, backup.path)
    rmSync(join(h.folder, 'heads.json'))
    await h.reopen()
    await committed(h.store, agentRef('later'))
    copyFolder(h.folder, left.path)
    execFileSync('cp', [databaseIn(backup.path), databaseIn(left.path)])
    rmSync(join(left.path, 'holdpoint.db-wal'))
    await expect(openEmbeddedStore({ folder: left.path, clock: h.clock })).rejects.toThrow(/another history/)
  })
})
