import { HOUR, MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { openEmbedded, tamper } from './embedded-harness.ts'
import { agentRef, changeTo, committed, TENANT, upTo, worker } from './store-harness.ts'

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

  it('[ST6] one that comes into the tables before those that were cleared in them is found', async () => {
    await using h = await openEmbedded()
    const inTables = () => h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
    const now = h.store.now()
    await committed(h.store, worker, { deadlines: { set: [{ name: 'expiry', dueAt: now + HOUR }] } })
    await inTables()
    await committed(h.store, worker, { expectedVersion: 1, deadlines: { clear: ['expiry'] } })
    expect(await h.store.nextDeadlineAt()).toBeUndefined()
    await committed(h.store, agentRef('early'), { deadlines: { set: [{ name: 'expiry', dueAt: now }] } })
    await inTables()
    expect(await h.store.nextDeadlineAt()).toBe(now)
    expect(await h.store.claimDeadlines(9, MINUTE)).toHaveLength(1)
    expect(await h.store.nextDeadlineAt()).toBe(now + MINUTE)
  })

  it('[ST6] [PR5] none is claimed before it is due, because another of its moment was cleared', async () => {
    await using h = await openEmbedded()
    const now = h.store.now()
    const due = (dueAt: number) => ({ deadlines: { set: [{ name: 'expiry', dueAt }] } })
    for (const ref of [worker, agentRef('other')]) await committed(h.store, ref, due(now + HOUR))
    await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })
    await committed(h.store, worker, { expectedVersion: 1, deadlines: { clear: ['expiry'] } })
    await committed(h.store, agentRef('early'), due(now))
    expect(await h.store.nextDeadlineAt()).toBe(now)
    expect((await h.store.claimDeadlines(9, MINUTE)).map(({ ref }) => ref.id)).toEqual(['early'])
    await h.advance(HOUR)
    expect((await h.store.claimDeadlines(9, MINUTE)).map(({ ref }) => ref.id).sort()).toEqual([
      'early',
      'other',
    ])
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
