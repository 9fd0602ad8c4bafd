import { verifyChain } from '@holdpoint/server'
import { describe, expect, it } from 'vitest'
import { committed, type OpenHarness, startedBy, TENANT, upTo, wholeFeed, worker } from '../store-harness.ts'
import { seqs } from './changes.ts'

export function trimmingPromises(open: OpenHarness): void {
  describe('trimming', () => {
    it('[ST11] takes only what an archive has confirmed', async () => {
      await using h = await open()
      const partition = h.store.partitionOf(TENANT)
      await committed(h.store, worker, { events: upTo(10).map(() => startedBy('worker')) })
      const feed = await wholeFeed(h.store)
      expect(await h.store.trim(partition, 10)).toBe(0)
      expect(await wholeFeed(h.store)).toEqual(feed)
      await h.store.confirmArchived(partition, 6, feed[5]?.hash ?? '')
      expect(await h.store.trim(partition, 4)).toBe(4)
      expect(await h.store.readFeed(partition, 4, 10)).toEqual(feed.slice(4))
      expect(await h.store.trim(partition, 10)).toBe(6)
      expect(await h.store.readFeed(partition, 6, 10)).toEqual(feed.slice(6))
      expect(seqs(await h.store.history({ tenant: TENANT, limit: 10 }))).toEqual([10, 9, 8, 7])
      expect(await h.store.trim(partition, 3)).toBe(6)
    })

    it('[ST11] an archive that holds another history is refused', async () => {
      await using h = await open()
      const partition = h.store.partitionOf(TENANT)
      await committed(h.store, worker, { events: [startedBy('worker'), startedBy('worker')] })
      const [first] = await wholeFeed(h.store)
      await expect(h.store.confirmArchived(partition, 2, first?.hash ?? '')).rejects.toThrow()
      await expect(h.store.confirmArchived(partition, 3, first?.hash ?? '')).rejects.toThrow()
      await expect(h.store.confirmArchived('nobody/0', 1, first?.hash ?? '')).rejects.toThrow()
      expect(await h.store.trim(partition, 2)).toBe(0)
    })

    it('[ST11] [ST5] [PR7] the feed goes on, dense and chained, over restarts', async () => {
      await using h = await open()
      const partition = h.store.partitionOf(TENANT)
      await committed(h.store, worker, { events: upTo(3).map(() => startedBy('worker')) })
      const { hash = '' } = (await wholeFeed(h.store))[2] ?? {}
      await h.store.confirmArchived(partition, 3, hash)
      expect(await h.store.trim(partition, 3)).toBe(3)
      await h.reopen()
      expect(await h.store.head(partition)).toMatchObject({ seq: 3, hash })
      expect(await h.store.hashAt(partition, 3)).toBe(hash)
      expect(await h.store.hashAt(partition, 2)).toBeUndefined()
      await committed(h.store, worker, { expectedVersion: 1 })
      const rest = await h.store.readFeed(partition, 3, 10)
      expect(seqs(rest)).toEqual([4])
      expect(verifyChain(rest, { seq: 3, hash })).toBeUndefined()
    })
  })
}
