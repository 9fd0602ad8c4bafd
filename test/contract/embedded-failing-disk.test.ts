import { OutcomeUnknown, StoreUnavailable, verifyChain } from '@holdpoint/server'
import { describe, expect, it } from 'vitest'
import { openEmbedded } from './embedded-harness.ts'
import { agentRef, committed, partition, upTo, wholeFeed, worker } from './store-harness.ts'

describe('a failing disk', () => {
  it('[ST8] one write that fails on a disk with room leaves the store writable; a failed fsync does not', async () => {
    await using h = await openEmbedded()
    h.faults.failNext = 'write'
    await expect(committed(h.store, worker)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(h.store.writable()).toBe(true)
    h.faults.failNext = 'commit-lost'
    await expect(committed(h.store, worker)).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(h.store.writable()).toBe(false)
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
