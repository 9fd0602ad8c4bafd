import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable, verifyChain } from '@holdpoint/server'
import { SECOND } from '@holdpoint/shared'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { until } from '../harness/until.ts'
import { type EmbeddedHarness, OWED, openEmbedded, tamper } from './embedded-harness.ts'
import { agentRef, committed, TENANT, upTo, wholeFeed, worker } from './store-harness.ts'

/** So large that the log is copied each time that the tables get what they lack. */
const data = { note: 'x'.repeat(12_000) }
const LOG_HEADER = 32
/** As much as is owed once, and twice as much, which is the most, two times more, with room to spare. */
const MANY_TIMES = 7
/** A store with nothing to wait for. */
const CLOSED_WITHIN_MS = 1_000

describe('a checkpoint', () => {
  it('[PR1] is flushed beside commits, and until then nothing is written over what only the log has on disk', async () => {
    await using h = await openEmbedded()
    const { release, begun } = holdFlush(h, 'holdpoint.db')
    await commitUntil(h, begun)
    const before = logOf(h)
    h.faults.beforeFlush = (file) => expect(file).not.toBe('holdpoint.db')
    await commitMany(h, OWED + 64)
    expect(logOf(h)).toEqual(before)
    expect(h.store.stats().checkpoints).toBe(1)
    expect(h.fatal).toEqual([])
    release()
    await until('the tables have got the rest', () => h.store.stats().checkpoints > 1)
    expect(logOf(h)).not.toEqual(before)
    const { seq } = await headOf(h)
    await h.store.close()
    expect(tamper(h.folder, (db) => db.prepare('SELECT count(*) FROM events').pluck().get())).toBe(seq)
    await h.reopen()
  })

  it('[PR1] whoever reads the tables waits for it, which holds nobody else up', async () => {
    await using h = await openEmbedded()
    const { release, begun } = holdFlush(h, 'holdpoint.db')
    await commitUntil(h, begun)
    const before = logOf(h)
    h.faults.beforeFlush = (file) => expect(file).not.toBe('holdpoint.db')
    await committed(h.store, worker)
    let isRead = false
    const agents = h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 10_000 }).finally(() => {
      isRead = true
    })
    await commitMany(h, 64)
    expect(logOf(h)).toEqual(before)
    expect(isRead).toBe(false)
    release()
    // what was committed when it was asked for, and before
    expect((await agents).map(({ id }) => id)).toContain(worker.id)
    expect(logOf(h)).not.toEqual(before)
    expect(h.fatal).toEqual([])
  })

  it('[PR1] is taken all the same where commits leave the disk no time for it: the log does not grow without end', async () => {
    await using h = await openEmbedded()
    const { release } = holdFlush(h, 'holdpoint.db-wal')
    let flushes = 0
    h.faults.beforeFlush = (file) => {
      if (file === 'holdpoint.db-wal') flushes += 1
    }
    for (let n = 0; n < MANY_TIMES * OWED && h.store.stats().checkpoints === 0; n += 256)
      await commitMany(h, 256)
    release()
    expect([h.store.stats().checkpoints, flushes]).toEqual([1, 1])
  })

  it('[PR1] [PR5] is waited for no longer than memory allows: documents are kept whole, however little of them changes', async () => {
    await using h = await openEmbedded()
    const filling = 'x'.repeat(2_000_000)
    const change = (n: number, version: number) =>
      committed(h.store, agentRef(`large-${n}`), { expectedVersion: version, doc: { filling, version } })
    const { release, begun } = holdFlush(h, 'holdpoint.db')
    for (let n = 1; !begun() || n <= 40; n++) await change(n, 0)
    let written = 0
    h.faults.beforeCommit = () => {
      written += 1
    }
    let changed = 0
    while (written === 0 && changed < 40) await change(++changed, 1)
    release()
    // 64 Mi characters, of which some were owed before
    expect(changed).toBeLessThanOrEqual(34)
    expect(changed).toBeGreaterThan(10)
    expect(h.fatal).toEqual([])
  })

  it('[PR1] that finds no room in the database is not tried at each writing of the tables, and is once there may be some', async () => {
    await using h = await openEmbedded()
    let tries = 0
    let isFull = true
    h.faults.beforeCheckpoint = () => {
      tries += 1
      if (isFull) throw new Database.SqliteError('fault: no room', 'SQLITE_FULL')
    }
    for (let n = 0; n < MANY_TIMES * OWED; n += 256) await commitMany(h, 256)
    expect([tries, h.store.stats().checkpoints]).toEqual([1, 0])
    expect(h.keptInLog).toEqual([expect.objectContaining({ code: 'SQLITE_FULL' })])
    expect(h.store.stats().loggedPages).toBeGreaterThan(4_000)
    await h.advance(2 * SECOND)
    await commitMany(h, 2 * OWED)
    await until('it is tried again', () => tries > 1)
    expect([tries, h.store.stats().checkpoints]).toEqual([2, 0])
    isFull = false
    await h.advance(2 * SECOND)
    await commitMany(h, 2 * OWED)
    await until('it is copied', () => h.store.stats().checkpoints > 0)
    // none of those in vain
    expect(h.store.stats().checkpoints).toBe(tries - 2)
    // once each, however often it is tried
    expect(h.keptInLog).toEqual([expect.any(Error), undefined])
    expect(h.fatal).toEqual([])
  })

  it('[PR5] that the database does not take makes nothing else smaller: the tables go on getting as much at once', async () => {
    await using h = await openEmbedded()
    h.faults.beforeCheckpoint = () => {
      throw new Database.SqliteError('fault: no room', 'SQLITE_FULL')
    }
    const begunAt = [last]
    let ended = 0
    h.faults.beforeTransaction = () => {
      begunAt.push(last)
    }
    h.faults.beforeCommit = () => {
      ended += 1
    }
    for (let n = 0; n < MANY_TIMES * OWED; n += 64) {
      await commitMany(h, 64)
      // nothing gathers meanwhile but what is to be measured
      await until('the tables are written', () => ended === begunAt.length - 1)
    }
    expect(h.store.stats().loggedPages).toBeGreaterThan(3 * 8_500)
    const gathered = begunAt.slice(1).map((at, i) => at - (begunAt[i] ?? 0))
    expect(Math.min(...gathered)).toBeGreaterThan(OWED / 2)
  })

  it('[ST8] [PR1] that may make room is taken also where somebody reads in every turn what there is no room for', async () => {
    await using h = await openEmbedded()
    const { release, begun } = holdFlush(h, 'holdpoint.db-wal')
    await commitUntil(h, begun)
    await committed(h.store, worker)
    h.faults.noRoomToSettle = true
    h.faults.failNext = 'write'
    await expect(committed(h.store, agentRef('other'))).rejects.toBeInstanceOf(StoreUnavailable)
    expect([h.store.writable(), h.store.stats().checkpoints]).toEqual([false, 0])
    let reads = true
    const reading = (async () => {
      while (reads) {
        const ids = (await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 10_000 })).map(
          ({ id }) => id,
        )
        expect(ids).toContain(worker.id)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    release()
    try {
      await until('the log is copied', () => h.store.stats().checkpoints > 0)
    } finally {
      reads = false
      await reading
    }
    expect(h.fatal).toEqual([])
  })

  it.each([
    ['that had ended when', true],
    ['that went on when', false],
  ])(
    '[ST8] [PR1] that may make room is taken where the tables got more beside a flush of the log %s they found no room',
    async (_, isReleasedFirst) => {
      await using h = await openEmbedded()
      const { release, begun } = holdFlush(h, 'holdpoint.db-wal')
      await commitUntil(h, begun)
      let ended = 0
      h.faults.beforeCommit = () => {
        ended += 1
      }
      let n = 0
      // so much that it waits for no flush
      while (ended === 0) await Promise.all(upTo(64).map(() => committed(h.store, agentRef(`small-${n++}`))))
      await until('the tables have what they got', () => h.store.stats().loggedPages > 0)
      let isFlushed = false
      h.faults.afterFlushApart = () => {
        isFlushed = true
      }
      if (isReleasedFirst) {
        release()
        await until('it is flushed', () => isFlushed)
      }
      expect(h.store.stats().checkpoints).toBe(0)
      h.faults.noRoomToSettle = true
      h.faults.failNext = 'write'
      await expect(committed(h.store, agentRef('other'))).rejects.toBeInstanceOf(StoreUnavailable)
      expect([h.store.writable(), h.store.stats().checkpoints]).toEqual([false, 0])
      release()
      await until('the log is copied', () => h.store.stats().checkpoints > 0)
      expect(h.fatal).toEqual([])
    },
  )

  it('[PR1] copies no page of the log that is not on disk, where the transaction before it had nothing to write', async () => {
    await using h = await openEmbedded()
    await commitMany(h, 1)
    const { partition, seq, hash } = await headOf(h)
    await h.store.confirmArchived(partition, seq, hash)
    await commitMany(h, OWED - 64)
    const { release } = holdFlush(h, 'holdpoint.db-wal')
    const checkpointsAtFlush: number[] = []
    h.faults.beforeFlush = (file) => {
      if (file === 'holdpoint.db-wal') checkpointsAtFlush.push(h.store.stats().checkpoints)
    }
    // it was confirmed before, so that SQLite's COMMIT has nothing to flush
    await h.store.confirmArchived(partition, seq, hash)
    release()
    expect({ checkpointsAtFlush, checkpoints: h.store.stats().checkpoints }).toEqual({
      checkpointsAtFlush: [0],
      checkpoints: 1,
    })
  })

  it('[ST7] [PR1] that is on its way to the disk is waited for at the end', async () => {
    await using h = await openEmbedded()
    const { release, begun } = holdFlush(h, 'holdpoint.db')
    await commitUntil(h, begun)
    const closed = h.store.close().then(() => 'closed')
    // it never ends before; one that would is noticed as far as it is quicker than this
    expect(await Promise.race([closed, sleep(CLOSED_WITHIN_MS, 'waits')])).toBe('waits')
    release()
    await closed
    expect(h.fatal).toEqual([])
    await h.reopen()
  })

  it.each([
    ['that the disk does not confirm', 'The store stopped', (_: EmbeddedHarness, fail: () => void) => fail()],
    [
      'under which the store is closed',
      'The store is closed',
      ({ store }: EmbeddedHarness) => void store.close(),
    ],
  ] as const)('[ST8] whoever reads hears of one %s', async (_, says, ends) => {
    await using h = await openEmbedded()
    const { release, fail, begun } = holdFlush(h, 'holdpoint.db')
    await commitUntil(h, begun)
    await committed(h.store, worker)
    const agents = h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 9 })
    ends(h, fail)
    const refused = expect(agents).rejects.toThrow(says)
    release()
    await refused
  })

  it('[ST8] [PR1] that the disk did not confirm ends the store, and nothing that was acknowledged is lost', async () => {
    await using h = await openEmbedded()
    h.faults.beforeFlushApart = async (file) => {
      if (file === 'holdpoint.db') throw new Error('fault: the database was not flushed')
    }
    h.faults.beforeFlush = (file) => {
      if (file === 'holdpoint.db') throw new Error('fault: the database was not flushed')
    }
    let acknowledged = 0
    while (h.fatal.length === 0) acknowledged = Math.max(acknowledged, await commitMany(h, 64).catch(() => 0))
    await expect(committed(h.store, worker)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(h.fatal).toHaveLength(1)
    await h.store.close()
    // SQLite would have done away with it, and the disk has what is in it nowhere else
    expect(logOf(h).size).toBeGreaterThan(LOG_HEADER)
    delete h.faults.beforeFlushApart
    delete h.faults.beforeFlush
    await h.crash()
    const feed = await wholeFeed(h.store)
    expect(feed.length).toBeGreaterThanOrEqual(acknowledged)
    expect(verifyChain(feed)).toBeUndefined()
  })
})

/** Holds the flush of that file in a thread; `begun` once it was asked for. */
function holdFlush({ faults }: EmbeddedHarness, held: string) {
  let release = (): void => {}
  let fail = (): void => {}
  const released = new Promise<void>((resolve, reject) => {
    release = resolve
    fail = () => reject(new Error('fault: not flushed'))
  })
  let isBegun = false
  faults.beforeFlushApart = (file) => {
    if (file !== held) return Promise.resolve()
    isBegun = true
    return released
  }
  return { release: () => release(), fail: () => fail(), begun: () => isBegun }
}

async function commitUntil(h: EmbeddedHarness, done: () => boolean): Promise<void> {
  while (!done()) await commitMany(h, 64)
}

let last = 0
/** Returns the feed's last number. */
async function commitMany(h: EmbeddedHarness, count: number): Promise<number> {
  const agents = upTo(count).map(() => agentRef(`w${++last}`))
  await Promise.all(
    agents.map((ref) => committed(h.store, ref, { events: [{ type: 'agent.noted', agent: ref.id, data }] })),
  )
  return (await headOf(h)).seq
}

const headOf = ({ store }: EmbeddedHarness) => store.head(store.partitionOf(TENANT))

/** Its header, which is drawn anew where it begins anew, and its length. */
function logOf({ folder }: EmbeddedHarness) {
  const log = join(folder, 'holdpoint.db-wal')
  return { header: readFileSync(log).subarray(0, LOG_HEADER).toString('hex'), size: statSync(log).size }
}
