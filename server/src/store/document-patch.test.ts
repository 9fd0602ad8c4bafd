import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DocumentPatch, patched, patchText } from './document-patch.ts'

const key = fc.constantFrom('a', 'b', '10', '9', '__proto__', 'constructor', 'toJSON', 'set', '\ud800')
/** What JSON writes otherwise than it reads, or not at all, beside what it can hold. */
const odd = fc.constantFrom(undefined, -0, 1e21, Number.NaN, new Date(0), '\ud800', '\u2028', Symbol('none'))
const json = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary' }), odd)
const list = fc.array(json, { maxLength: 6 })
const fields = fc.dictionary(key, fc.oneof(json, list, fc.dictionary(key, fc.oneof(json, list))))
/** Which elements of a list go, and what comes where. */
const edit = fc.record({ drop: fc.array(fc.nat(6)), at: fc.nat(6), add: list, turned: fc.boolean() })

const edited = (
  value: readonly unknown[],
  { drop, at, add, turned }: { drop: number[]; at: number; add: unknown[]; turned: boolean },
) => {
  const left = value.filter((_, index) => !drop.includes(index))
  const list = [...left.slice(0, at), ...add, ...left.slice(at)]
  return turned ? list.reverse() : list
}

const patchOf = (before: unknown, after: unknown): DocumentPatch => JSON.parse(patchText(before, after))
const roundTrip = (before: unknown, after: unknown): unknown => patched(before, patchOf(before, after))
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a document patch', () => {
  it('[ST3] leads from what stood to what stands, whatever the two share', () =>
    fc.assert(
      fc.property(fields, fields, edit, fc.array(key), (before, more, change, gone) => {
        const after: Record<string, unknown> = { ...before }
        for (const name of gone) delete after[name]
        for (const [name, value] of Object.entries(more)) {
          const former = before[name]
          const next = Array.isArray(former)
            ? edited(former, change)
            : typeof former === 'object' && former !== null && typeof value === 'object'
              ? { ...former, ...value }
              : value
          Object.defineProperty(after, name, {
            value: next,
            enumerable: true,
            configurable: true,
            writable: true,
          })
        }
        expect(roundTrip(asJson(before), asJson(after))).toEqual(asJson(after))
        // What is shared is the very same object here, and what is patched is what was read of it.
        expect(patched(asJson(before), patchOf(before, after))).toEqual(asJson(after))
      }),
      { numRuns: 500 },
    ))

  it('[ST3] holds the whole where there was nothing, or no object', () => {
    for (const [before, after] of [
      [undefined, { a: 1 }],
      [{ a: 1 }, 7],
      [[1], { a: 1 }],
      [{ a: 1 }, null],
    ])
      expect(roundTrip(before, after)).toEqual(after)
  })

  it('says no more than what changed', () => {
    const big = { text: 'x'.repeat(1_000) }
    const before = { seq: 1, items: [big, { id: 2 }, big], trust: { level: 1, habits: [big] }, left: big }
    const { left: _, ...rest } = before
    const after = { ...rest, seq: 2, items: [big, { id: 3 }, big], trust: { ...before.trust, level: 2 } }
    expect(JSON.parse(patchText(before, after))).toEqual({
      set: { seq: 2 },
      gone: ['left'],
      lists: { items: [[0, 1], [{ id: 3 }], [2, 1]] },
      parts: { trust: { set: { level: 2 } } },
    })
    expect(patchText(before, before)).toBe('{}')
  })

  it('[ST2] refuses what JSON can not hold', () => {
    for (const value of [undefined, () => {}]) expect(() => patchText({}, value)).toThrow(TypeError)
    expect(() => patchText({ a: 1 }, { a: 1n })).toThrow(TypeError)
    expect(() => patchText({ a: [1] }, { a: [1n] })).toThrow(TypeError)
  })
})
