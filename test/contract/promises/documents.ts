import type { DocumentRef } from '@holdpoint/server'
import { describe, expect, it } from 'vitest'
import {
  agentRef,
  changeTo,
  committed,
  type OpenHarness,
  partition,
  TENANT,
  upTo,
  worker,
} from '../store-harness.ts'
import { ids } from './changes.ts'

type DocumentKind = DocumentRef['kind']

interface Growing {
  readonly step: number
  readonly items: readonly { readonly at: number }[]
  readonly counts: Readonly<Record<string, number | undefined>>
}

const kinds = Object.keys({
  agent: true,
  orders: true,
  access: true,
  person: true,
  login: true,
  policy: true,
  'on-call': true,
  channels: true,
} satisfies Record<DocumentKind, true>) as DocumentKind[]

export function documentPromises(open: OpenHarness): void {
  describe('documents', () => {
    it('[ST1] a document that nobody wrote has version 0', async () => {
      await using h = await open()
      expect(await h.store.load(worker)).toMatchObject({ doc: undefined, version: 0 })
    })

    it('[ST1] load sees every earlier commit', async () => {
      await using h = await open()
      for (const step of upTo(5)) {
        const more = { expectedVersion: step - 1, doc: { step } }
        expect(await committed(h.store, worker, more)).toMatchObject({ version: step })
        expect(await h.store.load(worker)).toMatchObject({ doc: { step }, version: step, cached: false })
      }
    })

    it('[ST1] [ST2] a document that is made from the one before it is read as it was written, by whoever reads it', async () => {
      await using h = await open()
      let before: Growing | undefined
      for (const step of upTo(20)) {
        const doc: Growing = {
          ...before,
          step,
          items: [...(before?.items ?? []).filter(({ at }) => at !== step - 3), { at: step }],
          counts: { ...before?.counts, [`c${step % 4}`]: step, gone: step % 5 === 0 ? undefined : step },
        }
        const { version } = await committed(h.store, worker, { expectedVersion: step - 1, before, doc })
        const standing = { doc: JSON.parse(JSON.stringify(doc)), version }
        const { write } = await h.store.load(worker)
        expect(await h.store.load(worker)).toEqual({ ...standing, write, cached: false })
        expect(await h.store.listDocuments({ tenant: TENANT, kind: 'agent', limit: 1 })).toMatchObject([
          standing,
        ])
        const late = changeTo(worker, h.store.now(), { expectedVersion: step - 1, before, doc: {} })
        expect(await h.store.commit(late)).toEqual({ status: 'stale', ...standing, write })
        // what was committed, what was read, and what is read after a start are as good as one another
        if (step % 3 === 1) await h.reopen()
        before = step % 3 === 0 ? doc : ((await h.store.load(worker)).doc as Growing)
      }
    })

    it('[ST1] documents differ by tenant, kind and id', async () => {
      await using h = await open()
      const refs = [
        worker,
        agentRef('worker', 'other'),
        agentRef('worker/1'),
        { ...worker, kind: 'access' as const },
      ]
      for (const ref of refs) await committed(h.store, ref, { doc: { ref } })
      for (const ref of refs) expect(await h.store.load(ref)).toMatchObject({ doc: { ref }, version: 1 })
    })

    it('[ST1] each kind is kept and listed, and none keeps the next commit from being taken', async () => {
      await using h = await open()
      for (const kind of kinds) {
        const ref = { tenant: TENANT, kind, id: 'one' }
        await committed(h.store, ref, { doc: { kind } })
        await committed(h.store, ref, { expectedVersion: 1, doc: { kind, again: true } })
        const listed = { ...ref, doc: { kind, again: true }, version: 2 }
        expect(await h.store.listDocuments({ tenant: TENANT, kind, limit: 2 })).toEqual([listed])
      }
      expect(await h.store.head(partition)).toMatchObject({ seq: 2 * kinds.length })
    })

    it('documents are listed by id, page by page', async () => {
      await using h = await open()
      for (const id of ['c', 'a', 'e', 'b', 'd']) await committed(h.store, agentRef(id), { doc: { id } })
      await committed(h.store, agentRef('z', 'other'))
      await committed(h.store, { tenant: TENANT, kind: 'access', id: 'x' })
      const query = { tenant: TENANT, kind: 'agent', limit: 3 } as const
      const first = await h.store.listDocuments(query)
      expect(first).toMatchObject(
        ['a', 'b', 'c'].map((id) => ({ tenant: TENANT, kind: 'agent', id, doc: { id }, version: 1 })),
      )
      expect(ids(await h.store.listDocuments({ ...query, afterId: 'c' }))).toEqual(['d', 'e'])
    })
  })
}
