import type { Change } from '@holdpoint/server'
import { HOUR } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import {
  agentRef,
  changeTo,
  committed,
  type OpenHarness,
  TENANT,
  upTo,
  wholeFeed,
  worker,
} from '../store-harness.ts'
import { command, record, remember, seqs } from './changes.ts'

export function atomicStepPromises(open: OpenHarness): void {
  describe('one atomic step', () => {
    it('[ST2] a stale version returns what stands', async () => {
      await using h = await open()
      await committed(h.store, worker, { doc: { step: 1 } })
      await committed(h.store, worker, { expectedVersion: 1, doc: { step: 2 } })
      const stale = { status: 'stale', doc: { step: 2 }, version: 2 }
      for (const expectedVersion of [0, 1, 3])
        expect(await h.store.commit(changeTo(worker, h.store.now(), { expectedVersion }))).toMatchObject(
          stale,
        )
    })

    it('[ST2] a version is expected of a document that does not exist: nothing stands', async () => {
      await using h = await open()
      const result = await h.store.commit(changeTo(worker, h.store.now(), { expectedVersion: 1 }))
      expect(result).toMatchObject({ status: 'stale', doc: undefined, version: 0 })
    })

    it('[ST2] a change is refused where what it rests on is at another version, or has come to be', async () => {
      await using h = await open()
      const { store } = h
      const person = { tenant: TENANT, kind: 'person', id: 'ana' } as const
      const resting = (version: number, expectedVersion = 0) =>
        store.commit(changeTo(worker, store.now(), { expectedVersion, restsOn: [{ ref: person, version }] }))
      expect(await resting(1)).toEqual({ status: 'outdated' })
      expect(await resting(0)).toMatchObject({ status: 'committed', version: 1 })
      expect(await store.commit(changeTo(person, store.now()))).toMatchObject({ status: 'committed' })
      expect(await resting(0, 1)).toEqual({ status: 'outdated' })
      expect(await wholeFeed(store)).toHaveLength(2)
      // in one turn with what it rests on: in the order in which they came
      const [before, change, after] = await Promise.all([
        resting(1, 1),
        store.commit(changeTo(person, store.now(), { expectedVersion: 1 })),
        resting(1, 2),
      ])
      expect([before?.status, change?.status, after?.status]).toEqual(['committed', 'committed', 'outdated'])
      expect(await resting(2, 2)).toMatchObject({ status: 'committed', version: 3 })
    })

    it('[ST2] [ST10] a refused change writes nothing of itself', async () => {
      await using h = await open()
      const { store } = h
      const { write } = await committed(store, worker)
      const whole: Partial<Change> = {
        deadlines: { set: [{ name: 'expiry', dueAt: store.now() }] },
        records: [record('a1', store.now())],
        blobs: [{ digest: 'sha256:1', text: 'text' }],
        remember: remember('k1'),
      }
      const stale = await store.commit(changeTo(worker, store.now(), whole))
      const late = { ...whole, expectedVersion: 1, notAfter: store.now() }
      const tooLate = await store.commit(changeTo(worker, store.now(), late))
      expect([stale.status, tooLate.status]).toEqual(['stale', 'too_late'])
      expect(await store.load(worker, command('k1'))).toEqual({
        doc: { state: 'running' },
        version: 1,
        write,
        cached: false,
      })
      expect(await wholeFeed(store)).toHaveLength(1)
      expect(await store.record(TENANT, 'approval', 'a1')).toBeUndefined()
      expect(await store.countOpen(TENANT)).toEqual({})
      expect(await store.blob(TENANT, 'sha256:1')).toBeUndefined()
      expect(await store.nextDeadlineAt()).toBeUndefined()
    })

    it('[ST2] of many writers at one version, one wins', async () => {
      await using h = await open()
      const results = await Promise.all(
        upTo(20).map((n) => h.store.commit(changeTo(worker, h.store.now(), { doc: { n } }))),
      )
      const winners = results.filter(({ status }) => status === 'committed')
      const { doc, version } = await h.store.load(worker)
      expect(winners).toHaveLength(1)
      expect(version).toBe(1)
      for (const result of results)
        if (result.status === 'stale') expect(result).toMatchObject({ doc, version })
      expect(await wholeFeed(h.store)).toHaveLength(1)
    })

    it('a change that can not be written fails alone', async () => {
      await using h = await open()
      const circular: Record<string, unknown> = {}
      circular.self = circular
      const changes = upTo(9).map((n) =>
        changeTo(agentRef(`w${n}`), h.store.now(), n === 5 ? { doc: circular } : {}),
      )
      const settled = await Promise.allSettled(changes.map((change) => h.store.commit(change)))
      expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(upTo(9).map((n) => n !== 5))
      expect(await h.store.load(agentRef('w5'))).toMatchObject({ version: 0 })
      expect(seqs(await wholeFeed(h.store))).toEqual(upTo(8))
    })

    it('a change without events is a change', async () => {
      await using h = await open()
      const { head } = await committed(h.store, worker, { events: [], doc: { quiet: true } })
      expect(head).toMatchObject({ seq: 0, hash: '' })
      expect(await h.store.load(worker)).toMatchObject({ doc: { quiet: true }, version: 1 })
      expect(await h.store.heads()).toEqual([])
    })

    it('[ST3] what was acknowledged survives the death of the process, whole', async () => {
      await using h = await open()
      const dueAt = h.store.now() + HOUR
      for (const n of upTo(30)) {
        await committed(h.store, agentRef(`w${n}`), {
          doc: { n },
          deadlines: { set: [{ name: 'expiry', dueAt: dueAt + n }] },
          records: [record(`a${n}`, n)],
          blobs: [{ digest: `sha256:${n}`, text: `text ${n}` }],
          remember: remember(`k${n}`),
        })
      }
      const before = await wholeFeed(h.store)
      await h.crash()
      expect(await wholeFeed(h.store)).toEqual(before)
      expect(await h.store.nextDeadlineAt()).toBe(dueAt + 1)
      expect(await h.store.countOpen(TENANT)).toEqual({ approval: 30 })
      for (const n of upTo(30)) {
        expect(await h.store.load(agentRef(`w${n}`), command(`k${n}`))).toMatchObject({
          doc: { n },
          version: 1,
          earlier: { answer: { said: `k${n}` } },
        })
        expect(await h.store.record(TENANT, 'approval', `a${n}`)).toMatchObject({ id: `a${n}`, seq: n })
        expect(await h.store.blob(TENANT, `sha256:${n}`)).toBe(`text ${n}`)
      }
    })
  })
}
