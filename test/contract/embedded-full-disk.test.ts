import { execFileSync } from 'node:child_process'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore, StoreUnavailable, verifyChain } from '@holdpoint/server'
import { MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../harness/manual-clock.ts'
import { type EmbeddedHarness, openEmbedded, tamper, temporaryFolder } from './embedded-harness.ts'
import { agentRef, changeTo, committed, partition, TENANT, upTo, wholeFeed, worker } from './store-harness.ts'

const turnOver = () => new Promise((resolve) => setImmediate(resolve))

describe('a full disk', () => {
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

  it('[ST8] [ST1] all who read in one turn while the tables have no room share what they are lent, and nobody misses a commit', async () => {
    await using h = await openEmbedded()
    h.faults.noRoomToSettle = true
    for (const n of upTo(20)) await committed(h.store, agentRef(`w${n}`))
    const list = async () =>
      (await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 99 })).length
    expect(await list()).toBe(20)
    expect(h.store.writable()).toBe(false)
    await turnOver()

    let transactions = 0
    h.faults.beforeTransaction = () => {
      transactions += 1
    }
    const feed = async () => (await wholeFeed(h.store)).length
    expect(await Promise.all([...upTo(9).map(list), feed()])).toEqual(upTo(10).map(() => 20))
    expect(transactions).toBe(1)
    // given back with the turn, and nothing of it is left
    await turnOver()
    expect(await Promise.all([committed(h.store, worker).then(list), list(), list()])).toEqual([21, 20, 20])
    expect(transactions).toBe(3)

    // somebody else's try in between leaves nobody with less
    const { hash } = await h.store.head(partition)
    expect(await list()).toBe(21)
    await expect(h.store.confirmArchived(partition, 21, hash)).rejects.toBeInstanceOf(StoreUnavailable)
    expect([await list(), await feed()]).toEqual([21, 21])
    // in the very turn in which they are lent there is room: they get it
    delete h.faults.noRoomToSettle
    await Promise.all([list(), h.advance(2 * SECOND)])
    expect(h.store.writable()).toBe(true)
    expect([await list(), await feed()]).toEqual([21, 21])
    await h.crash()
    expect([await list(), await feed()]).toEqual([21, 21])
    expect(h.fatal).toEqual([])
  })

  it('[ST8] to lend what the tables have no room for clears no expired answers away: that is for what is kept', async () => {
    await using h = await openEmbedded()
    let purges = 0
    h.faults.beforePurge = () => {
      purges += 1
    }
    const remember = {
      command: { principal: 'p', key: 'k' },
      fingerprint: '',
      answer: 1,
      retain: { forMs: SECOND },
    }
    await committed(h.store, worker, { remember })
    const list = async () => (await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })).length
    expect(await list()).toBe(1)
    await h.advance(MINUTE)
    h.faults.noRoomToSettle = true
    await committed(h.store, agentRef('other'))
    expect(await list()).toBe(2)
    expect(h.store.writable()).toBe(false)
    const before = purges
    expect(before).toBeGreaterThan(0)
    await turnOver()
    expect(await list()).toBe(2)
    expect(purges).toBe(before)
  })

  it.each([
    [
      'a change of the tables',
      async ({ store }: EmbeddedHarness) => {
        const { hash } = await store.head(partition)
        const listed = store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })
        await expect(store.confirmArchived(partition, 1, hash)).rejects.toBeInstanceOf(StoreUnavailable)
        await listed
      },
    ],
    [
      'the end of the store',
      async ({ store }: EmbeddedHarness) => {
        await store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })
        await store.close()
      },
    ],
  ])(
    '[ST8] what was lent, and can not be taken back for %s, ends the store, and nothing is lost',
    async (_, ends) => {
      await using h = await openEmbedded()
      h.faults.noRoomToSettle = true
      await committed(h.store, worker)
      expect(await wholeFeed(h.store)).toHaveLength(1)
      await turnOver()
      h.faults.beforeRollback = () => {
        throw new Error('fault: not rolled back')
      }
      await ends(h)
      expect(h.fatal).toEqual([expect.objectContaining({ message: 'fault: not rolled back' })])
      await expect(committed(h.store, agentRef('other'))).rejects.toBeInstanceOf(StoreUnavailable)
      delete h.faults.noRoomToSettle
      delete h.faults.beforeRollback
      await h.crash()
      expect(await wholeFeed(h.store)).toHaveLength(1)
    },
  )

  it('[ST8] a store whose tables have no room is closed in the turn in which somebody reads, and keeps all of it', async () => {
    await using h = await openEmbedded()
    h.faults.noRoomToSettle = true
    await committed(h.store, worker)
    const list = async () => (await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })).length
    expect(await list()).toBe(1)
    await turnOver()
    expect(await list()).toBe(1)
    await h.store.close()
    await turnOver()
    expect(h.fatal).toEqual([])
    delete h.faults.noRoomToSettle
    await h.reopen()
    expect(await list()).toBe(1)
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
    await expect(h.crash()).rejects.toThrow('make some, and start again')
    delete h.faults.noRoomToSettle
    await h.reopen()
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

  it('[ST8] and by the documents that are kept whole until there is room, however little of them changes', async () => {
    await using h = await openEmbedded()
    const filling = 'x'.repeat(2_000_000)
    const change = (n: number, version: number) =>
      committed(h.store, agentRef(`w${n}`), { expectedVersion: version, doc: { filling, version } })
    const ids = upTo(50)
    for (const n of ids) await change(n, 0)
    await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
    h.faults.noRoomToSettle = true
    let taken = 0
    await expect(
      (async () => {
        for (const n of ids) {
          await change(n, 1)
          taken += 1
        }
      })(),
    ).rejects.toBeInstanceOf(StoreUnavailable)
    // 64 Mi characters
    expect(taken).toBe(34)
    expect(h.store.writable()).toBe(false)
    delete h.faults.noRoomToSettle
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
    expect(await wholeFeed(h.store)).toHaveLength(ids.length + taken)
    expect(h.fatal).toEqual([])
  })

  it('[ST8] one commit that is too large for the room there is keeps nobody from writing: a probe at once finds enough', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    const wal = () => statSync(join(h.folder, 'holdpoint.db-wal')).size
    h.faults.pageLimit = h.store.stats().bytes / 4_096 + 200
    const blobs = [{ digest: 'sha256:1', text: 'x'.repeat(2_000_000) }]
    const before = wal()
    await expect(committed(h.store, agentRef('huge'), { blobs })).rejects.toBeInstanceOf(StoreUnavailable)
    expect(h.store.writable()).toBe(true)
    // what is taken and given back counts only where it has been written
    expect(wal() - before).toBeGreaterThan(256 * 1_024)
  })

  it('[ST8] [AG4] the room there is goes to what is owed first: then small commits are taken again, and no lease is granted yet', async () => {
    await using h = await openEmbedded()
    h.faults.noRoomToSettle = true
    const hundred = (n: number) =>
      Promise.allSettled(upTo(100).map((m) => committed(h.store, agentRef(`w${n}-${m}`))))
    for (let n = 0; (await hundred(n)).every(({ status }) => status === 'fulfilled'); n++);
    h.faults.noRoomForMore = true
    delete h.faults.noRoomToSettle
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(false)
    await committed(h.store, worker)
    delete h.faults.noRoomForMore
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
  })

  it('[ST8] room for the tables is none for commits: they need it in the journal', async () => {
    await using h = await openEmbedded()
    for (const n of upTo(20))
      await committed(h.store, worker, { expectedVersion: n - 1, doc: { filling: `${n}`.repeat(30_000) } })
    await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
    const { bytes } = h.store.stats()
    // as much as a probe of the tables takes, and less than the journal has got by now
    h.faults.pageLimit = bytes / 4_096 + 100
    expect(h.faults.pageLimit * 4_096).toBeLessThan(statSync(join(h.folder, 'holdpoint.db-journal-a')).size)
    await expect(committed(h.store, agentRef('other'))).rejects.toBeInstanceOf(StoreUnavailable)
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(false)
    delete h.faults.pageLimit
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
  })

  it('[ST8] looking for room uses none up', async () => {
    await using h = await openEmbedded()
    await committed(h.store, worker)
    const journal = () => statSync(join(h.folder, 'holdpoint.db-journal-a')).size
    const before = journal()
    const isLookedFor = async () => {
      await h.advance(20 * SECOND)
      expect(h.store.writable()).toBe(false)
      expect(journal()).toBe(before)
    }
    // the tables have none for what they lack …
    h.faults.noRoomToSettle = true
    h.faults.failNext = 'write'
    await expect(committed(h.store, agentRef('refused'))).rejects.toBeInstanceOf(StoreUnavailable)
    await isLookedFor()
    // … then for that, and for no more
    h.faults.noRoomForMore = true
    delete h.faults.noRoomToSettle
    await isLookedFor()
    delete h.faults.noRoomForMore
    await h.advance(2 * SECOND)
    expect(h.store.writable()).toBe(true)
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
})
