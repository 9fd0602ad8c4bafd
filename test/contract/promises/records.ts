import type { RecordWrite } from '@holdpoint/server'
import { describe, expect, it } from 'vitest'
import { agentRef, committed, type OpenHarness, startedBy, TENANT, upTo, worker } from '../store-harness.ts'
import { ids, record } from './changes.ts'

export function recordPromises(open: OpenHarness): void {
  describe('records and blobs', () => {
    it('a record is kept as last written, with its first time', async () => {
      await using h = await open()
      await committed(h.store, worker, { records: [record('a1', 100)] })
      expect(await h.store.record(TENANT, 'approval', 'a1')).toEqual({
        ...record('a1', 100),
        tenant: TENANT,
        seq: 1,
      })
      const settled = { status: 'approved', open: false, data: { by: 'ana' } }
      await committed(h.store, worker, {
        expectedVersion: 1,
        events: [startedBy('worker'), startedBy('worker')],
        records: [record('a1', 999, settled)],
      })
      expect(await h.store.record(TENANT, 'approval', 'a1')).toEqual({
        ...record('a1', 100, settled),
        tenant: TENANT,
        seq: 3,
      })
      expect(await h.store.record('other', 'approval', 'a1')).toBeUndefined()
      expect(await h.store.record(TENANT, 'ticket', 'a1')).toBeUndefined()
    })

    it('records are found by every combination of filters, by time, page by page', async () => {
      await using h = await open()
      const { agent: _, ...nobodys } = record('r0', 5)
      const records: RecordWrite[] = [
        nobodys,
        ...upTo(40).map((n) =>
          record(`r${n}`, 10 - (n % 7), {
            agent: `w${n % 3}`,
            status: n % 2 ? 'pending' : 'approved',
            open: n % 4 !== 0,
          }),
        ),
      ]
      await committed(h.store, worker, { records })
      await committed(h.store, agentRef('worker', 'other'), { records: [record('else', 1)] })
      await committed(h.store, agentRef('t'), { records: [record('t1', 1, { kind: 'ticket' })] })
      const sorted = records.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
      for (const agent of [undefined, 'w1', 'nobody'])
        for (const status of [undefined, 'approved'])
          for (const isOpen of [undefined, true, false])
            for (const after of [undefined, sorted[9]]) {
              const expected = sorted.filter(
                (one) =>
                  (agent === undefined || one.agent === agent) &&
                  (status === undefined || one.status === status) &&
                  (isOpen === undefined || one.open === isOpen) &&
                  (after === undefined || one.at > after.at || (one.at === after.at && one.id > after.id)),
              )
              const filter = {
                ...(agent === undefined ? {} : { agent }),
                ...(status === undefined ? {} : { status }),
                ...(isOpen === undefined ? {} : { open: isOpen }),
                ...(after === undefined ? {} : { after: { at: after.at, id: after.id } }),
              }
              const found = await h.store.records({ tenant: TENANT, kind: 'approval', ...filter, limit: 6 })
              expect(ids(found), JSON.stringify(filter)).toEqual(ids(expected).slice(0, 6))
            }
    })

    it('open records are counted per kind and tenant, over restarts', async () => {
      await using h = await open()
      const ticket = { kind: 'ticket', status: 'open' } as const
      await committed(h.store, worker, {
        records: [record('a1', 1), record('a2', 2), record('t1', 3, ticket)],
      })
      expect(await h.store.countOpen(TENANT)).toEqual({ approval: 2, ticket: 1 })
      await committed(h.store, worker, {
        expectedVersion: 1,
        records: [
          record('a1', 1, { open: false }),
          record('a2', 2),
          record('t1', 3, { ...ticket, open: false }),
        ],
      })
      expect(await h.store.countOpen(TENANT)).toEqual({ approval: 1 })
      await h.reopen()
      expect(await h.store.countOpen(TENANT)).toEqual({ approval: 1 })
      expect(await h.store.countOpen('other')).toEqual({})
    })

    it('a blob never changes, and tenants do not share it', async () => {
      await using h = await open()
      await committed(h.store, worker, { blobs: [{ digest: 'sha256:1', text: 'first' }] })
      await committed(h.store, worker, {
        expectedVersion: 1,
        blobs: [{ digest: 'sha256:1', text: 'second' }],
      })
      expect(await h.store.blob(TENANT, 'sha256:1')).toBe('first')
      expect(await h.store.blob('other', 'sha256:1')).toBeUndefined()
      expect(await h.store.blob(TENANT, 'sha256:2')).toBeUndefined()
    })
  })
}
