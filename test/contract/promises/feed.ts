import { verifyChain } from '@holdpoint/server'
import { describe, expect, it } from 'vitest'
import {
  agentRef,
  committed,
  type OpenHarness,
  startedBy,
  TENANT,
  upTo,
  wholeFeed,
  worker,
} from '../store-harness.ts'
import { command, remember, seqs } from './changes.ts'

export function feedPromises(open: OpenHarness): void {
  describe('the feed', () => {
    it('[ST5] is dense from 1 however many write at once', async () => {
      await using h = await open()
      const results = await Promise.all(
        upTo(40).map((n) =>
          committed(h.store, agentRef(`w${n}`), { events: upTo(n % 4).map(() => startedBy(`w${n}`)) }),
        ),
      )
      const feed = await wholeFeed(h.store)
      expect(seqs(feed)).toEqual(upTo(feed.length))
      const answered = results.flatMap(({ events }) => events).sort((a, b) => a.seq - b.seq)
      expect(answered).toEqual(feed)
    })

    it('[ST5] a partition belongs to one tenant', async () => {
      await using h = await open()
      await Promise.all([
        committed(h.store, agentRef('w0', 'quiet'), { events: [] }),
        ...['acme', 'other', 'acme', 'other', 'acme'].map((tenant, n) =>
          committed(h.store, agentRef(`w${n}`, tenant)),
        ),
      ])
      const [acme, other] = [h.store.partitionOf('acme'), h.store.partitionOf('other')]
      expect(acme).not.toBe(other)
      const feeds = [await wholeFeed(h.store, acme), await wholeFeed(h.store, other)]
      expect(feeds.map(seqs)).toEqual([upTo(3), upTo(2)])
      expect(feeds.map((feed) => new Set(feed.map(({ tenant }) => tenant)))).toEqual([
        new Set(['acme']),
        new Set(['other']),
      ])
    })

    it('[ST5] an event comes back as it was written, with its place, time and cause', async () => {
      await using h = await open()
      const at = h.store.now()
      const event = {
        type: 'agent.paused',
        agent: 'worker',
        by: 'ana',
        data: { reason: 'naïve ⚠ "quote"', nested: [1, 2.5, null, { b: 1, a: true }] },
        push: { seq: 7, state: 'paused' },
      }
      const bare = { type: 'order.placed', data: {} }
      const written = await committed(h.store, worker, {
        at,
        events: [event, bare],
        remember: remember('k1'),
      })
      const place = { tenant: TENANT, partition: h.store.partitionOf(TENANT), at, command: command('k1') }
      const feed = await wholeFeed(h.store)
      expect(feed).toEqual([
        { ...event, ...place, seq: 1, hash: feed[0]?.hash },
        { ...bare, ...place, seq: 2, hash: feed[1]?.hash },
      ])
      expect(written.events).toEqual(feed)
    })

    it('[ST5] is read in pages after a seq', async () => {
      await using h = await open()
      await committed(h.store, worker, { events: upTo(10).map(() => startedBy('worker')) })
      const read = async (after: number, limit: number) =>
        seqs(await h.store.readFeed(h.store.partitionOf(TENANT), after, limit))
      expect(await read(0, 3)).toEqual([1, 2, 3])
      expect(await read(7, 100)).toEqual([8, 9, 10])
      expect(await read(10, 5)).toEqual([])
      expect(await h.store.readFeed('nobody/0', 0, 5)).toEqual([])
    })

    it('[PR7] [ST9] is a hash chain that ends at its head', async () => {
      await using h = await open()
      const partition = h.store.partitionOf(TENANT)
      expect(await h.store.head(partition)).toEqual({ partition, tenant: TENANT, seq: 0, hash: '' })
      for (const n of upTo(3)) {
        const { head } = await committed(h.store, agentRef(`w${n}`), {
          events: upTo(n).map(() => startedBy(`w${n}`)),
        })
        expect(await h.store.head(partition)).toEqual(head)
      }
      const feed = await wholeFeed(h.store)
      expect(verifyChain(feed)).toBeUndefined()
      expect(await h.store.heads()).toEqual([{ partition, tenant: TENANT, seq: 6, hash: feed[5]?.hash }])
      expect(new Set(feed.map(({ hash }) => hash)).size).toBe(6)
      for (const { seq, hash } of feed) expect(await h.store.hashAt(partition, seq)).toBe(hash)
      // what is no place at all comes from a cursor that somebody made up
      for (const seq of [0, 7, -1, 1.5, 1e21, Number.NaN])
        expect(await h.store.hashAt(partition, seq)).toBeUndefined()
    })

    it('[ST9] goes on where it was, under the same epoch, when it is opened again', async () => {
      await using h = await open()
      const { epoch } = h.store
      expect(epoch).toBeGreaterThan(0)
      await committed(h.store, worker)
      await h.reopen()
      await committed(h.store, worker, { expectedVersion: 1 })
      await h.crash()
      await committed(h.store, worker, { expectedVersion: 2 })
      const feed = await wholeFeed(h.store)
      expect(seqs(feed)).toEqual([1, 2, 3])
      expect(verifyChain(feed)).toBeUndefined()
      expect(h.store.epoch).toBe(epoch)
    })

    it('what an agent’s socket must be told is read by its own numbers', async () => {
      await using h = await open()
      const push = (agent: string, seq: number) => ({
        ...startedBy(agent),
        push: { seq, state: 'running' },
      })
      await committed(h.store, worker, {
        events: [push('worker', 1), startedBy('worker'), push('worker', 2)],
      })
      await committed(h.store, agentRef('w2'), { events: [push('w2', 1)] })
      await committed(h.store, agentRef('worker', 'other'), {
        events: [push('worker', 1), push('worker', 2)],
      })
      await committed(h.store, worker, {
        expectedVersion: 1,
        events: [push('worker', 3), push('worker', 4)],
      })
      const read = async (after: number, limit: number) =>
        (await h.store.readPushes(TENANT, 'worker', after, limit)).map((event) => event.push?.seq)
      expect(await read(0, 10)).toEqual([1, 2, 3, 4])
      expect(await read(1, 2)).toEqual([2, 3])
      expect(await read(4, 10)).toEqual([])
      expect(await h.store.readPushes('nobody', 'worker', 0, 10)).toEqual([])
    })

    it('says so after each durable commit, until it is told not to', async () => {
      await using h = await open()
      const partition = h.store.partitionOf(TENANT)
      let told = 0
      const unsubscribe = h.store.onCommitted((hint) => {
        expect(hint.partition).toBe(partition)
        told = Math.max(told, hint.seq)
      })
      await committed(h.store, worker, { events: [startedBy('worker'), startedBy('worker')] })
      await expect.poll(() => told).toBe(2)
      unsubscribe()
      await committed(h.store, worker, { expectedVersion: 1 })
      expect(await h.store.head(partition)).toMatchObject({ seq: 3 })
      expect(told).toBe(2)
    })
  })
}
