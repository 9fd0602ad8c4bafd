import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { patchText } from '../document-patch.ts'
import { type DocumentsDraft, documentsTable } from './documents.ts'
import { migrate } from './migrate.ts'
import { migrations } from './schema.ts'
import { connect, type Db } from './sqlite.ts'

const PAGE = 4_096
let db: Db
let documents: ReturnType<typeof documentsTable>
beforeEach(() => {
  db = connect(':memory:')
  migrate(db, migrations)
  documents = documentsTable(db)
})
afterEach(() => db.close())

const refOf = (id: string) => ({ tenant: 'acme', kind: 'agent', id }) as const

/** What a batch of one change takes. */
function commit(id: string, change: (before: Record<string, unknown>) => Record<string, unknown>): void {
  const draft: DocumentsDraft = new Map()
  const ref = refOf(id)
  const before = documents.read(ref).doc
  const doc = change((before ?? {}) as Record<string, unknown>)
  documents.put(ref, doc, patchText(before, doc), draft)
  documents.adopt(draft)
}

function write(): void {
  for (const _ of documents.write());
}

function settle(): void {
  documents.leave()
  write()
  documents.left()
}

const large = { text: 'x'.repeat(20 * PAGE) }

it('[PR5] a large document touches as many pages as it has, whether it is new or was small before', () => {
  commit('new', () => large)
  expect(documents.gatheringPages()).toBeCloseTo(20, 0)
  commit('grown', () => ({ n: 1 }))
  commit('grown', () => large)
  expect(documents.gatheringPages()).toBeCloseTo(40, 0)
  settle()
  expect(documents.gatheringPages()).toBe(0)
  commit('grown', (before) => ({ ...before, n: 2 }))
  expect(documents.gatheringPages()).toBeCloseTo(20, 0)
})

it('[PR5] what is kept of documents counts until their table has them, and no longer', () => {
  for (const id of ['a', 'b']) commit(id, () => large)
  const both = documents.owedLength()
  expect(both).toBeGreaterThanOrEqual(2 * large.text.length)
  expect(both).toBeLessThan(2.01 * large.text.length)
  documents.leave()
  commit('a', (before) => ({ ...before, n: 1 }))
  expect(documents.owedLength()).toBeGreaterThan(both + large.text.length)
  write()
  documents.stay()
  expect(documents.owedLength()).toBeLessThan(2.01 * large.text.length)
  settle()
  expect(documents.owedLength()).toBe(0)
})

it('[PR5] a document that changes all the time is not reckoned longer and longer', () => {
  const note = 'x'.repeat(500)
  for (let n = 0; n < 200; n++) {
    commit('busy', () => ({ note: `${n} ${note}` }))
    documents.leave()
    // it never stands still while it is written
    commit('busy', () => ({ note: `${n} more ${note}` }))
    write()
    documents.left()
  }
  expect(documents.owedLength()).toBeGreaterThan(note.length)
  expect(documents.owedLength()).toBeLessThan(4 * note.length)
})

it('[PR5] no document is reckoned shorter than it is, whatever changes, and whenever it is written', () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.array(fc.string(), { maxLength: 4 }))
  const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), value, { maxKeys: 3 })
  const step = fc.oneof(
    fc.record({ id: fc.constantFrom('x', 'y'), fields, keeps: fc.boolean(), appended: fc.array(value) }),
    fc.constantFrom('leave', 'left', 'stay'),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      db.exec('DELETE FROM documents')
      documents = documentsTable(db)
      let isLeaving = false
      const gathering = new Map<string, number>()
      let leaving = new Map<string, number>()
      for (const one of steps) {
        if (typeof one === 'object') {
          commit(one.id, (before) => ({
            ...(one.keeps ? before : {}),
            ...one.fields,
            list: [...((before.list as unknown[] | undefined) ?? []), ...one.appended],
          }))
          gathering.set(one.id, JSON.stringify(documents.read(refOf(one.id)).doc).length)
        } else if (one === 'leave' && !isLeaving) {
          documents.leave()
          leaving = new Map(gathering)
          gathering.clear()
          isLeaving = true
        } else if (one !== 'leave' && isLeaving) {
          write()
          documents[one]()
          if (one === 'stay')
            for (const [id, length] of leaving) if (!gathering.has(id)) gathering.set(id, length)
          leaving.clear()
          isLeaving = false
        }
        const kept = [...gathering.values(), ...leaving.values()].reduce((sum, length) => sum + length, 0)
        expect(documents.owedLength()).toBeGreaterThanOrEqual(kept)
        if (kept === 0) expect(documents.owedLength()).toBe(0)
      }
    }),
  )
})
