import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChangeTexts } from '../change-texts.ts'
import { chainHash, dataDigestOf } from '../hash-chain.ts'
import type { NewEvent } from '../store.ts'
import { committedEvent, entryHash, eventEntry, storedEvent } from './event-entry.ts'

const text = fc.string({ unit: 'binary', maxLength: 6 })
const event: fc.Arbitrary<NewEvent> = fc.record(
  {
    type: text,
    agent: text,
    by: text,
    push: fc.record({ seq: fc.nat(), state: text }),
    data: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text), fc.constant(null))),
  },
  { requiredKeys: ['type', 'data'] },
)
const command = fc.option(fc.record({ principal: text, key: text }), { nil: undefined })

it('[PR7] an event that lies in Redis has the hash that every store gives it, and is what its commit is answered with', () =>
  fc.assert(
    fc.property(event, command, fc.nat(), fc.nat(), (event, command, at, seq) => {
      const entry = eventEntry(event, at, command, new ChangeTexts())
      const hash = entryHash('before', 'tenant "a"/0', seq, entry)
      const read = storedEvent('tenant "a"/0', seq, entry, hash)
      expect(chainHash('before', read, dataDigestOf(entry.data))).toBe(hash)
      const remember = command && { command, fingerprint: '', answer: {}, retain: { forMs: 1 } }
      const change = {
        ref: { tenant: '', kind: 'agent', id: '' },
        expectedVersion: 0,
        doc: {},
        events: [],
        at,
      } as const
      expect(
        committedEvent('tenant "a"/0', seq, event, { ...change, ...(remember && { remember }) }, hash),
      ).toEqual(read)
    }),
  ))
