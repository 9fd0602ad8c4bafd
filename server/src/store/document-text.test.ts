import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentText } from './document-text.ts'

describe('a document as text', () => {
  it('[ST1] is what JSON.stringify makes of it, also where parts were written before', () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue({ maxDepth: 6 }), (first, second) => {
        const parts = { first, list: [first, second, undefined], left: undefined }
        expect(documentText(parts)).toBe(JSON.stringify(parts))
        const next = { ...parts, second, list: [...parts.list, parts.list] }
        expect(documentText(next)).toBe(JSON.stringify(next))
        expect(documentText({ next, when: new Date(0) })).toBe(JSON.stringify({ next, when: new Date(0) }))
      }),
    ))

  it('[ST1] stays the same however much else is written meanwhile', () => {
    const doc = { kept: { id: 'kept', list: [{ n: 1 }] } }
    const text = documentText(doc)
    for (let n = 0; n < 50_000; n++) documentText({ other: { n } })
    expect([text, documentText(doc), documentText(doc)]).toEqual([text, text, JSON.stringify(doc)])
  })

  it('[ST1] has nothing for what JSON can not hold', () => {
    for (const value of [undefined, () => {}]) expect(documentText(value)).toBeUndefined()
    expect(() => documentText({ a: 1n })).toThrow(TypeError)
  })
})
