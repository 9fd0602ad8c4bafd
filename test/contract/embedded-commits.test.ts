import { describe, expect, it } from 'vitest'
import { openEmbedded } from './embedded-harness.ts'
import { agentRef, changeTo, committed, upTo, wholeFeed, worker } from './store-harness.ts'

describe('commits', () => {
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
})
