import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Change } from '../store.ts'
import { encodeChange, type JournaledChange } from './apply-change.ts'
import { decodeEntry, encodeEntry } from './entry.ts'

/** Also what could be taken for the end of a text or of the headers. */
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\n', '"', '{}\n', '\u0000', '😀'))
const fields = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.constant(null)))
const id = fc.constantFrom('a', 'b')

const change: fc.Arbitrary<Change> = fc.record({
  ref: fc.record({ tenant: id, kind: fc.constant('agent' as const), id: text }),
  expectedVersion: fc.nat(),
  restsOn: fc.constant([]),
  at: fc.nat(),
  before: fc.constant({ read: 'before the change' }),
  doc: fields,
  events: fc.array(fc.record({ type: id, agent: text, by: text, data: fields })),
  records: fc.array(
    fc.record({
      kind: fc.constant('approval' as const),
      id: text,
      agent: text,
      status: id,
      open: fc.boolean(),
      at: fc.nat(),
      data: fields,
    }),
  ),
  blobs: fc.array(fc.record({ digest: text, text })),
  deadlines: fc.record({ set: fc.array(fc.record({ name: text, dueAt: fc.nat() })), clear: fc.array(text) }),
  closeHolders: fc.array(text),
  notAfter: fc.nat(),
  remember: fc.record({
    command: fc.record({ principal: text, key: text }),
    fingerprint: text,
    answer: fields,
    retain: fc.oneof(fc.record({ holder: text }), fc.record({ forMs: fc.nat() })),
  }),
})

it('[ST3] what a batch took is read from the journal as it was', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 4 }), (now, changes) => {
      const encoded = changes.map(
        (one): JournaledChange => ({ ...encodeChange(one), patch: JSON.stringify(one.doc) }),
      )
      const written = encodeEntry({ now, changes: encoded }).join('')
      const entry = decodeEntry(written)
      expect(entry.now).toBe(now)
      expect(written).not.toContain('before the change')
      for (const [i, one] of entry.changes.entries()) {
        const { change: found, ...texts } = one
        const { change: given, ...givenTexts } = encoded[i] as (typeof encoded)[number]
        expect({ ...texts, events: texts.events.map(({ data, dataDigest }) => [data, dataDigest]) }).toEqual({
          ...givenTexts,
          events: givenTexts.events.map(({ data, dataDigest }) => [data, dataDigest]),
        })
        // what a record, an answer and the patch say is among the texts
        const { records, remember, doc: _, before, restsOn, notAfter, ...rest } = given
        const { records: foundRecords, remember: foundRemember, doc: __, ...foundRest } = found
        expect(foundRest).toEqual(rest)
        expect(foundRecords).toEqual(records?.map(({ data: _, ...record }) => record))
        expect(foundRemember).toEqual(remember && (({ answer: _, ...all }) => all)(remember))
      }
    }),
  )
})

it('[ST8] what follows an entry behind its texts is no part of it', () => {
  const text = encodeEntry({ now: 7, changes: [] }).join('')
  expect(decodeEntry(`${text}xxx`)).toEqual({ now: 7, changes: [] })
})
