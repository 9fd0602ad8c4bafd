import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkJson, MAX_DEPTH } from './json-check.ts'

const arrays = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
const objects = (depth: number): unknown =>
  JSON.parse(`${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`)

describe('what is plain JSON', () => {
  it('[AP10] whatever JSON holds passes, unless a reader would round it', () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('__proto__'))
        fc.pre(!/\d{16}|e\+/.test(text)) // big whole numbers have their own test
        expect(checkJson(value)).toBeUndefined()
      }),
    ))

  it.each([0, -0, 1.5, -1e-7, 5e-324, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    '[AP10] the number %d',
    (n) => expect(checkJson({ n })).toBeUndefined(),
  )

  it.each(['', 'ä€', '😀', '\u0000', '\uFFFF', '__proto__'])('[AP10] the text %j', (text) =>
    expect(checkJson([text])).toBeUndefined(),
  )

  it('[AP10] an object without a prototype, and one with keys that objects inherit', () => {
    expect(checkJson(Object.assign(Object.create(null), { a: 1 }))).toBeUndefined()
    expect(checkJson(JSON.parse('{"constructor":1,"toString":2,"prototype":{}}'))).toBeUndefined()
  })
})

describe('what is refused', () => {
  const refusedAt = (path: string, code = 'invalid') => ({ code, details: { path } })

  it.each<[string, unknown]>([
    ['2^53', 2 ** 53],
    ['-2^53', -(2 ** 53)],
    ['what 9007199254740993 was parsed to', JSON.parse('9007199254740993')],
    ['1e21', 1e21],
    ['1e400', JSON.parse('1e400')],
    ['-1e400', JSON.parse('-1e400')],
    ['NaN', Number.NaN],
    ['undefined', undefined],
    ['a big integer', 1n],
    ['a function', () => 0],
    ['a symbol', Symbol('s')],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a regular expression', /x/],
    ['a boxed text', Object('text')],
    ['a class instance', new (class Money {})()],
    ['a buffer', Buffer.from('x')],
    ['bytes', new Uint8Array(2)],
    ['an array buffer', new ArrayBuffer(2)],
    ['a high half', '\uD83D'],
    ['a low half', '\uDE00'],
    ['halves the wrong way round', '\uDE00\uD83D'],
    ['a high half before a whole pair', '\uD83D😀'],
    ['a low half after a whole pair', '😀\uDE00'],
  ])('[AP10] [ID4] %s, wherever it stands', (_, value) => {
    expect(checkJson(value)).toMatchObject(refusedAt('/'))
    expect(checkJson({ a: [0, value] })).toMatchObject(refusedAt('/a/1'))
  })

  it('[ID4] __proto__ and half a surrogate pair as keys', () => {
    expect(checkJson(JSON.parse('{"a":{"__proto__":{}}}'))).toMatchObject(refusedAt('/a'))
    expect(checkJson({ a: { '\uD83D': 1 } })).toMatchObject(refusedAt('/a'))
  })

  it('[AP10] says in the sentence where it is, and what to do about what JavaScript leaves open', () => {
    expect(checkJson({ to: 'ana', cc: [undefined] })?.message).toBe(
      'A value of type undefined is not JSON: leave it out, or send null. It is at /cc/0.',
    )
    expect(checkJson(undefined)?.message).toBe(
      'A value of type undefined is not JSON: leave it out, or send null.',
    )
  })

  it('[ID4] a hole in a list', () => {
    const holed = [1]
    holed[2] = 3
    expect(checkJson(holed)).toMatchObject(refusedAt('/1'))
  })
})

describe('depth', () => {
  it.each([arrays, objects])('[AP10] 64 levels pass, 65 do not', (nest) => {
    expect(checkJson(nest(MAX_DEPTH))).toBeUndefined()
    expect(checkJson(nest(MAX_DEPTH + 1))).toMatchObject({ code: 'too_large' })
  })

  it('[AP10] a text or number at the deepest level passes', () =>
    expect(checkJson(JSON.parse(`${'['.repeat(MAX_DEPTH)}"x",1${']'.repeat(MAX_DEPTH)}`))).toBeUndefined())

  it.each([arrays, objects])('[AP10] 20,000 levels are refused and overflow nothing', (nest) => {
    const problem = checkJson(nest(20_000))
    expect(problem).toMatchObject({ code: 'too_large' })
    expect(String(problem?.details?.path).length).toBeLessThanOrEqual(200)
  })

  it('[AP10] what holds itself is too deep, not endless', () => {
    const ring: Record<string, unknown> = {}
    ring.ring = ring
    expect(checkJson(ring)).toMatchObject({ code: 'too_large' })
  })
})
