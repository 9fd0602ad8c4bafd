import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedStore, verifyChain } from '@holdpoint/server'
import { MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { copyFolder, databaseIn, openEmbedded, temporaryFolder } from './embedded-harness.ts'
import { agentRef, committed, partition, startedBy, upTo, wholeFeed, worker } from './store-harness.ts'

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

  it('[ST9] a start that raised the epoch, and was cut short before its first commit, is no hindrance to the next', async () => {
    await using h = await openEmbedded()
    using left = temporaryFolder()
    using again = temporaryFolder()
    for (const n of upTo(3)) await committed(h.store, agentRef(`w${n}`))
    // a process that died with all of it in the journal, and whose witness is gone
    copyFolder(h.folder, left.path)
    rmSync(join(left.path, 'heads.json'))
    const cutShort = await openEmbeddedStore({ folder: left.path, clock: h.clock })
    copyFolder(left.path, again.path)
    const next = await openEmbeddedStore({ folder: again.path, clock: h.clock })
    expect(next.epoch).toBe(cutShort.epoch)
    expect(await next.head(partition)).toEqual(await cutShort.head(partition))
    expect(verifyChain(await wholeFeed(next))).toBeUndefined()
    await next.close()
    await cutShort.close()
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
