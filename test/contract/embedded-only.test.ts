import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  OutcomeUnknown,
  openEmbeddedStore,
  StoreHeld,
  StoreUnavailable,
  StoreUnusable,
  systemClock,
  verifyChain,
} from '@holdpoint/server'
import { HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../harness/manual-clock.ts'
import { startChild } from './child.ts'
import { copyFolder, openEmbedded, temporaryFolder } from './embedded-harness.ts'
import { agentRef, changeTo, committed, startedBy, TENANT, wholeFeed } from './store-harness.ts'

const holdStore = new URL('./children/hold-store.ts', import.meta.url)
const worker = agentRef('worker')
const partition = `${TENANT}/0`
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

const databaseIn = (folder: string): string => join(folder, 'holdpoint.db')

/** Works on a closed store's database, as someone with the file in hand could. */
function tamper<T>(folder: string, work: (db: Database.Database) => T): T {
  const db = new Database(databaseIn(folder))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

describe('the folder', () => {
  it('is refused to a second process, by a sentence that says who holds it', async () => {
    using folder = temporaryFolder()
    await using holder = startChild(holdStore, folder.path)
    expect(await holder.firstLine()).toBe('open')
    const refusal = openEmbeddedStore({ folder: folder.path, clock: systemClock })
    await expect(refusal).rejects.toBeInstanceOf(StoreHeld)
    await expect(refusal).rejects.toThrow(
      new RegExp(`is held by process ${holder.pid} on .+ since 20.+; stop it`),
    )
    await using second = startChild(holdStore, folder.path)
    expect(await second.firstLine()).toContain(`StoreHeld: ${folder.path} is held by process ${holder.pid}`)
  })

  it('is refused to the same process twice, and free again after closing', async () => {
    await using h = await openEmbedded()
    const again = () => openEmbeddedStore({ folder: h.folder, clock: h.clock })
    await expect(again()).rejects.toBeInstanceOf(StoreHeld)
    // The refused attempt must not have dropped the lock: a second one fails as well, in another process too.
    await using other = startChild(holdStore, h.folder)
    expect(await other.firstLine()).toContain('StoreHeld')
    await expect(again()).rejects.toBeInstanceOf(StoreHeld)
    await committed(h.store, worker)
    await h.reopen()
    expect(existsSync(join(h.folder, 'holder.json'))).toBe(true)
    await h.store.close()
    expect(existsSync(join(h.folder, 'holder.json'))).toBe(false)
  })

  it('is free after its holder was killed, whatever the holder’s file says', async () => {
    using folder = temporaryFolder()
    await using holder = startChild(holdStore, folder.path)
    expect(await holder.firstLine()).toBe('open')
    await holder.kill()
    expect(existsSync(join(folder.path, 'holder.json'))).toBe(true)
    const store = await openEmbeddedStore({ folder: folder.path, clock: systemClock })
    await committed(store, worker)
    await store.close()
  })

  it('is for its owner alone', async () => {
    using root = temporaryFolder()
    const folder = join(root.path, 'made', 'here')
    const umask = process.umask(0)
    try {
      const clock = manualClock()
      const store = await openEmbeddedStore({ folder, clock })
      await committed(store, worker)
      await clock.advance(MINUTE)
      const files = [
        '.gitignore',
        'heads.json',
        'holder.json',
        'holdpoint.db',
        'holdpoint.db-journal-a',
        'holdpoint.db-wal',
      ]
      // The witness is written in the background, beside its old self.
      await expect.poll(() => readdirSync(folder).toSorted()).toEqual(files)
      const modes = ['', ...files].map((file) => statSync(join(folder, file)).mode & 0o777)
      expect(modes.map((mode) => mode.toString(8))).toEqual(['700', ...files.map(() => '600')])
      await store.close()
    } finally {
      process.umask(umask)
    }
  })
})

describe('durability', () => {
  it('[PR1] runs with WAL and FULL, read back after writing', async () => {
    await using h = await openEmbedded()
    const durable = { journalMode: 'wal', synchronous: 2, lockingMode: 'exclusive' }
    expect(h.store.stats().settings).toEqual(durable)
    await committed(h.store, worker)
    expect(h.store.stats().settings).toEqual(durable)
    await h.reopen()
    await committed(h.store, worker, { expectedVersion: 1 })
    expect(h.store.stats().settings).toEqual(durable)
    // while the tables get what they lack, too
    for (const turn of upTo(60)) {
      await Promise.all(upTo(50).map((n) => committed(h.store, agentRef(`${turn}-${n}`))))
      expect(h.store.stats().settings).toEqual(durable)
    }
  })

  it('[ST3] commits of one turn share one transaction, up to a bound', async () => {
    await using h = await openEmbedded()
    const before = h.store.stats().batches
    await Promise.all(upTo(512).map((n) => committed(h.store, agentRef(`a${n}`))))
    expect(h.store.stats().batches - before).toBe(1)
    await Promise.all(upTo(513).map((n) => committed(h.store, agentRef(`b${n}`))))
    expect(h.store.stats().batches - before).toBe(3)
    expect(h.store.stats()).toMatchObject({ answered: 1025, events: 1025 })
  })

  it('[ST3] [ST5] first events of many tenants share one transaction too', async () => {
    await using h = await openEmbedded()
    const tenants = upTo(5).map((n) => `tenant-${n}`)
    await Promise.all(tenants.map((tenant) => committed(h.store, agentRef('worker', tenant))))
    expect(h.store.stats().batches).toBe(1)
    await h.reopen()
    expect((await h.store.heads()).map(({ tenant, seq }) => [tenant, seq])).toEqual(
      tenants.map((tenant) => [tenant, 1]),
    )
  })

  it('[ST2] within one turn later changes see earlier ones', async () => {
    await using h = await openEmbedded()
    const commit = (expectedVersion: number) =>
      h.store.commit(changeTo(worker, h.store.now(), { expectedVersion, doc: { after: expectedVersion } }))
    const results = await Promise.all([commit(0), commit(1), commit(1), commit(2)])
    expect(h.store.stats().batches).toBe(1)
    expect(results).toMatchObject([
      { status: 'committed', version: 1 },
      { status: 'committed', version: 2 },
      { status: 'stale', version: 2, doc: { after: 1 } },
      { status: 'committed', version: 3 },
    ])
  })

  it('[ST8] a commit on a full disk is refused whole, and the store goes on when there is room', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    const { bytes } = h.store.stats()
    h.faults.pageLimit = bytes / 4096 + 20
    const huge = changeTo(agentRef('huge'), h.store.now(), {
      blobs: [{ digest: 'sha256:1', text: 'x'.repeat(1_000_000) }],
    })
    const [refusal, ...others] = await Promise.allSettled([
      h.store.commit(huge),
      ...upTo(5).map((n) => committed(h.store, agentRef(`w${n}`))),
    ])
    expect(refusal).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
    expect(others.map(({ status }) => status)).toEqual(upTo(5).map(() => 'fulfilled'))
    expect(await h.store.load(agentRef('huge'))).toMatchObject({ version: 0 })
    expect(await wholeFeed(h.store)).toHaveLength(6)
    // That small commits go through does not mean that any would.
    expect(h.store.writable()).toBe(false)
    delete h.faults.pageLimit
    expect(await h.store.commit(huge)).toMatchObject({ status: 'committed', head: { seq: 7 } })
    expect(verifyChain(await wholeFeed(h.store))).toBeUndefined()
    expect(h.fatal).toEqual([])
  })

  it('[ST8] is not writable from a commit that found no room until a probe has found some, and leaves no trace', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    expect(h.store.writable()).toBe(true)
    h.faults.pageLimit = 1
    const blobs = [{ digest: 'sha256:1', text: 'x'.repeat(100_000) }]
    await expect(committed(h.store, agentRef('huge'), { blobs })).rejects.toBeInstanceOf(StoreUnavailable)
    expect(h.store.writable()).toBe(false)
    await h.advance(10 * SECOND)
    expect(h.store.writable()).toBe(false)
    delete h.faults.pageLimit
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
    expect(await wholeFeed(h.store)).toHaveLength(1)
    await h.store.close()
    expect(tamper(h.folder, (db) => db.prepare('SELECT count(*) FROM blobs').pluck().get())).toBe(0)
    await h.reopen()
  })

  it('[ST1] [ST8] what was committed is found in every order, also while the disk is full', async () => {
    await using h = await openEmbedded()
    const record = { kind: 'run' as const, id: 'r1', status: 'open', open: true, at: 1, data: {} }
    const deadlines = { set: [{ name: 'halt', dueAt: h.store.now() + MINUTE }] }
    await committed(h.store, worker, { records: [record], deadlines })
    h.faults.pageLimit = 1
    const found = async () => ({
      feed: (await wholeFeed(h.store)).map(({ type }) => type),
      history: (await h.store.history({ tenant: TENANT, agent: 'worker', limit: 9 })).map(({ seq }) => seq),
      records: (await h.store.records({ tenant: TENANT, kind: 'run', open: true, limit: 9 })).map(
        ({ id }) => id,
      ),
      documents: (await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })).map(
        ({ id }) => id,
      ),
      due: (await h.store.nextDeadlineAt()) === deadlines.set[0]?.dueAt,
    })
    const all = { feed: ['agent.started'], history: [1], records: ['r1'], documents: ['worker'], due: true }
    expect(await found()).toEqual(all)
    delete h.faults.pageLimit
    expect(await found()).toEqual(all)
    await h.crash()
    expect(await found()).toEqual(all)
  })

  it('[ST8] [AG4] a journal that its tables have no room for bounds what is taken, and is written once there is some', async () => {
    await using h = await openEmbedded()
    h.faults.noRoomToSettle = true
    const ids = upTo(10_000).map((n) => `w${n}`)
    const taken: string[] = []
    const take = (id: string) =>
      committed(h.store, agentRef(id)).then(
        () => taken.push(id),
        (error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable),
      )
    for (let at = 0; at < ids.length; at += 100) await Promise.all(ids.slice(at, at + 100).map(take))
    expect(taken.length).toBeGreaterThan(2_048)
    expect(taken.length).toBeLessThan(ids.length)
    // no lease is granted where a stop would find no room
    await h.advance(4 * SECOND)
    expect(h.store.writable()).toBe(false)
    expect(await h.store.history({ tenant: TENANT, agent: taken.at(-1) ?? '', limit: 9 })).toHaveLength(1)
    await h.crash()
    delete h.faults.noRoomToSettle
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
    await committed(h.store, worker)
    const feed = await wholeFeed(h.store)
    expect(feed.map(({ agent }) => agent)).toEqual([...taken, 'worker'])
    expect(verifyChain(feed)).toBeUndefined()
  })

  it('[ST8] once there is room for it, a journal is written without a restart, and commits go on', async () => {
    await using h = await openEmbedded()
    h.faults.noRoomToSettle = true
    for (const hundred of upTo(25))
      await Promise.all(upTo(100).map((n) => committed(h.store, agentRef(`w${hundred}-${n}`))))
    await expect.poll(() => h.store.writable()).toBe(false)
    delete h.faults.noRoomToSettle
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
    expect(await wholeFeed(h.store)).toHaveLength(2_500)
    const kept = await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 10_000 })
    expect(kept).toHaveLength(2_500)
    expect(h.fatal).toEqual([])
  })

  it('[ST8] [AG4] whoever finds that there is no room for what is owed, commits know it, and it is looked for again', async () => {
    await using h = await openEmbedded()
    const { head } = await committed(h.store, worker)
    await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
    await committed(h.store, agentRef('other'))
    h.faults.noRoomToSettle = true
    await expect(h.store.confirmArchived(partition, head.seq, head.hash)).rejects.toBeInstanceOf(
      StoreUnavailable,
    )
    expect(h.store.writable()).toBe(false)
    delete h.faults.noRoomToSettle
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
    await h.store.confirmArchived(partition, head.seq, head.hash)
  })

  it('[ST8] what is owed is bounded by its size, too', async () => {
    await using h = await openEmbedded()
    h.faults.noRoomToSettle = true
    const text = 'x'.repeat(2_000_000)
    let taken = 0
    await expect(
      (async () => {
        for (; taken < 200; taken++)
          await committed(h.store, agentRef(`w${taken}`), { blobs: [{ digest: `sha256:${taken}`, text }] })
      })(),
    ).rejects.toBeInstanceOf(StoreUnavailable)
    expect(taken).toBeGreaterThan(50)
    expect(taken).toBeLessThan(80)
    delete h.faults.noRoomToSettle
    await h.advance(2 * SECOND)
    expect(await wholeFeed(h.store)).toHaveLength(taken)
  })

  it('[ST2] a number that no table takes fails its change alone, before anything is written', async () => {
    await using h = await openEmbedded()
    const due = (dueAt: number) => ({ deadlines: { set: [{ name: 'expiry', dueAt }] } })
    const results = await Promise.allSettled([
      h.store.commit(changeTo(agentRef('w1'), h.store.now())),
      h.store.commit(changeTo(agentRef('w2'), h.store.now(), due(Number.NaN))),
      h.store.commit(changeTo(agentRef('w3'), 1.5)),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await wholeFeed(h.store)).toHaveLength(1)
    await h.reopen()
  })

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

  it('[ST8] one write that fails on a disk with room leaves the store writable; a failed fsync does not', async () => {
    await using h = await openEmbedded()
    h.faults.failNext = 'write'
    await expect(committed(h.store, worker)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(h.store.writable()).toBe(true)
    h.faults.failNext = 'commit-lost'
    await expect(committed(h.store, worker)).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(h.store.writable()).toBe(false)
  })

  it('[ST8] a file system that is really full: the same', async (context) => {
    using root = temporaryFolder()
    const asRoot = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'ignore' })
    try {
      asRoot('mount', '-t', 'tmpfs', '-o', 'size=160m', 'holdpoint-test', root.path)
    } catch {
      context.skip('only root can mount a small file system')
    }
    try {
      const fatal: Error[] = []
      const clock = manualClock()
      const store = await openEmbeddedStore({
        folder: join(root.path, 'store'),
        clock,
        onFatal: (error) => fatal.push(error),
      })
      writeFileSync(join(root.path, 'filler'), Buffer.alloc(125_000_000))
      let taken = 0
      const text = 'x'.repeat(100_000)
      const next = () =>
        committed(store, agentRef(`w${taken + 1}`), { blobs: [{ digest: `sha256:${taken + 1}`, text }] })
      await expect(
        (async () => {
          for (; taken < 1_000; taken++) await next()
        })(),
      ).rejects.toBeInstanceOf(StoreUnavailable)
      // more than SQLite holds in its cache: reading what is owed must not need the disk either
      expect(taken).toBeGreaterThan(200)
      expect(fatal).toEqual([])
      expect(await wholeFeed(store)).toHaveLength(taken)
      expect(store.writable()).toBe(false)
      rmSync(join(root.path, 'filler'))
      await clock.advance(2 * SECOND)
      expect(store.writable()).toBe(true)
      await next()
      expect(verifyChain(await wholeFeed(store))).toBeUndefined()
      await store.close()
    } finally {
      asRoot('umount', root.path)
    }
  })

  it('[ST8] [PR1] a COMMIT that the disk did not confirm ends the store', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    h.faults.failNext = 'commit-kept'
    const batch = await Promise.allSettled(upTo(3).map((n) => committed(h.store, agentRef(`w${n}`))))
    for (const one of batch)
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(OutcomeUnknown) })
    expect(h.fatal).toHaveLength(1)
    await expect(committed(h.store, agentRef('w4'))).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(h.store.load(worker)).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(h.store.readFeed(partition, 0, 1)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(h.fatal).toHaveLength(1)
  })

  it('[ST8] what fails before the COMMIT is tried again change by change, and ends nothing', async () => {
    await using h = await openEmbedded()
    h.faults.failNext = 'write'
    await Promise.all(upTo(3).map((n) => committed(h.store, agentRef(`w${n}`))))
    h.faults.failNext = 'write'
    await expect(committed(h.store, worker)).rejects.toBeInstanceOf(StoreUnavailable)
    await committed(h.store, worker)
    expect(h.fatal).toEqual([])
    expect(verifyChain(await wholeFeed(h.store))).toBeUndefined()
    expect(await h.store.head(partition)).toMatchObject({ seq: 4 })
  })
})

describe('time', () => {
  it('[ST10] a wall clock that goes back does not take the store with it', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    const before = h.store.now()
    h.clock.jump(-HOUR)
    expect(h.store.now()).toBe(before)
    const late = changeTo(worker, before, { expectedVersion: 1, notAfter: before })
    expect(await h.store.commit(late)).toEqual({ status: 'too_late', now: before })
    await h.reopen()
    expect(h.store.now()).toBe(before)
    h.clock.jump(HOUR + 5)
    expect(h.store.now()).toBe(before + 5)
  })

  it('[ST6] a claim ends with its lease, to the millisecond', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt: h.store.now() }] } })
    expect(await h.store.claimDeadlines(1, MINUTE)).toHaveLength(1)
    expect(await h.store.nextDeadlineAt()).toBe(h.store.now() + MINUTE)
    await h.advance(MINUTE - 1)
    expect(await h.store.claimDeadlines(1, MINUTE)).toHaveLength(0)
    await h.advance(1)
    expect(await h.store.claimDeadlines(1, MINUTE)).toHaveLength(1)
  })

  it('[ST4] expired answers are cleared away as others come', async () => {
    await using h = await openEmbedded()
    const answered = (n: number, forMs: number) => ({
      remember: { command: { principal: 'p', key: `k${n}` }, fingerprint: '', answer: n, retain: { forMs } },
    })
    await Promise.all(upTo(100).map((n) => committed(h.store, agentRef(`w${n}`), answered(n, MINUTE))))
    await h.advance(HOUR)
    for (const n of upTo(30)) await committed(h.store, agentRef(`late${n}`), answered(1000 + n, HOUR))
    await h.store.close()
    expect(tamper(h.folder, (db) => db.prepare('SELECT count(*) FROM answers').pluck().get())).toBe(30)
    await h.reopen()
  })
})

describe('schema', () => {
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
})

describe('lost history', () => {
  it('[ST9] [PR4] a restored backup raises the epoch, says so in the feed, and never lowers it', async () => {
    await using h = await openEmbedded()
    using backup = temporaryFolder()
    await committed(h.store, worker)
    await committed(h.store, agentRef('elsewhere', 'other'))
    await h.store.close()
    copyFolder(h.folder, backup.path)
    await h.reopen()
    await committed(h.store, worker, { expectedVersion: 1 })
    const { head: witnessed } = await committed(h.store, worker, { expectedVersion: 2 })
    await h.store.close()

    const restore = () => execFileSync('cp', [databaseIn(backup.path), databaseIn(h.folder)])
    restore()
    await h.reopen()
    expect(h.store.epoch).toBe(2)
    const feed = await wholeFeed(h.store)
    expect(feed).toHaveLength(2)
    expect(feed[1]).toMatchObject({
      type: 'store.history_lost',
      by: 'system',
      data: {
        epoch: 2,
        previousEpoch: 1,
        witnessed: { seq: witnessed.seq, hash: witnessed.hash },
        found: { seq: 1, hash: feed[0]?.hash },
      },
    })
    expect(verifyChain(feed)).toBeUndefined()
    // The partition that lost nothing is left alone.
    expect(await wholeFeed(h.store, 'other/0')).toHaveLength(1)

    await h.reopen()
    expect(h.store.epoch).toBe(2)
    await h.store.close()
    restore()
    await h.reopen()
    expect(h.store.epoch).toBe(3)
  })

  it('[ST9] another history of the same length is noticed by its hash', async () => {
    await using h = await openEmbedded()
    using backup = temporaryFolder()
    await h.store.close()
    copyFolder(h.folder, backup.path)
    await h.reopen()
    await committed(h.store, worker)
    await h.store.close()
    const other = await openEmbeddedStore({ folder: backup.path, clock: h.clock })
    await committed(other, agentRef('another'))
    await other.close()
    execFileSync('cp', [databaseIn(backup.path), databaseIn(h.folder)])
    await h.reopen()
    expect(h.store.epoch).toBe(2)
  })

  it.each(['missing', 'unreadable'])(
    '[ST9] a database with a %s witness gets an epoch that nobody used',
    async (how) => {
      await using h = await openEmbedded()
      await committed(h.store, worker)
      await h.store.close()
      const witness = join(h.folder, 'heads.json')
      if (how === 'missing') rmSync(witness)
      else writeFileSync(witness, '{"storeId":')
      await h.reopen()
      const { epoch } = h.store
      expect(epoch).toBeGreaterThan(100_000)
      expect((await wholeFeed(h.store)).at(-1)).toMatchObject({ type: 'store.history_lost' })
      await h.reopen()
      expect(h.store.epoch).toBe(epoch)
    },
  )

  it('[ST9] a witness that is behind is no loss, not even where what it saw was trimmed', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker, { events: upTo(3).map(() => startedBy('worker')) })
    await h.clock.advance(MINUTE)
    // It is written in the background.
    await expect.poll(() => readFileSync(join(h.folder, 'heads.json'), 'utf8')).toContain('"seq":3')
    const { head } = await committed(h.store, worker, { expectedVersion: 1 })
    await h.store.confirmArchived(partition, head.seq, head.hash)
    expect(await h.store.trim(partition, head.seq)).toBe(4)
    await h.crash()
    expect(h.store.epoch).toBe(1)
    expect(await h.store.head(partition)).toEqual(head)
  })
})

describe('damage', () => {
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
