import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalAction, DIGEST_PATTERN, digestOf, MAX_ACTION_BYTES } from './canonical.ts'
import { canonicalText } from './canonical-text.ts'

/** The same value with every object's keys in the order of their UTF-16 units. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, inOrder(item)]),
  )
}

describe('canonical text (RFC 8785)', () => {
  it('[AP9] the sample of section 3.2.2', () =>
    expect(
      canonicalText(
        JSON.parse(
          String.raw`{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
          }`,
        ),
      ),
    ).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    ))

  it('[AP9] the sorting sample of section 3.2.3: by UTF-16 units', () => {
    const text = canonicalText(
      JSON.parse(
        String.raw`{
          "\u20ac": "Euro Sign",
          "\r": "Carriage Return",
          "\ufb33": "Hebrew Letter Dalet With Dagesh",
          "1": "One",
          "\ud83d\ude00": "Emoji: Grinning Face",
          "\u0080": "Control",
          "\u00f6": "Latin Small Letter O With Diaeresis"
        }`,
      ),
    )
    // read from the text: parsed again, a key like "1" would come first
    expect([...text.matchAll(/:"([^"]+)"/g)].map((match) => match[1])).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  it.each<[string, string]>([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555555', '333333333.3333333'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('[AP9] the number %s of appendix B is %s', (bits, text) =>
    expect(canonicalText(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text),
  )

  it('[AP9] what has no JSON is a defect of the caller', () => {
    for (const value of [undefined, Number.NaN, Number.NEGATIVE_INFINITY, 1n, () => {}, Symbol('s')])
      expect(() => canonicalText(value)).toThrow(TypeError)
    for (const text of ['\uD800', 'a\uDC00b', '"\uDC00\uD800'])
      for (const value of [text, { [text]: 1 }, [text]]) expect(() => canonicalText(value)).toThrow(TypeError)
    const endless: unknown[] = []
    endless.push(endless)
    expect(() => canonicalText(endless)).toThrow()
  })

  it('[AP9] the same text as another implementation, character by character', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', 'b', 'aa', '1', '10', '€', '\ufb33'),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.constantFrom(null, true, false, -0, 'quote " and \\', '\u2028\u007f\u0000'),
        fc.array(tie('tree')),
        fc.array(fc.tuple(key, fc.option(tie('tree'), { nil: undefined }))).map(Object.fromEntries),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        expect(canonicalText(value)).toBe(canonicalize(value))
        // in their order, which JSON.stringify writes as it is; and within what is not
        expect(canonicalText(inOrder(value))).toBe(canonicalize(value))
        expect(canonicalText({ b: inOrder(value), a: 1 })).toBe(canonicalize({ a: 1, b: value }))
      }),
    )
  })

  it('[AP9] whatever JSON.stringify would change or leave out is seen, also where all stands in order', () => {
    for (const value of [Number.NaN, 1n, () => {}, Symbol('s'), 'a\uDC00'])
      for (const within of [{ a: value }, [value], { a: [{ b: 1, c: value }] }])
        expect(() => canonicalText(within)).toThrow(TypeError)
    expect(canonicalText({ a: [undefined], b: undefined, c: -0 })).toBe('{"a":[null],"c":0}')
    expect(canonicalText({ a: String.raw`\ud800` })).toBe(String.raw`{"a":"\\ud800"}`)
    expect(canonicalText({ a: 1, toJSON: undefined })).toBe('{"a":1}')
    expect(canonicalText({ 2: 'b', 10: 'a' })).toBe('{"10":"a","2":"b"}')
  })
})

describe('digests', () => {
  it('[AP9] SHA-256 of the UTF-8 bytes, as anybody can recompute it', () => {
    const text = '{"action":"pay","args":{"to":"Zoë 😀"}}'
    expect(digestOf(text)).toBe(`sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`)
    expect(digestOf('')).toMatch(DIGEST_PATTERN)
  })

  const args = fc.jsonValue({ maxDepth: 5 }).filter((value) => canonicalAction('a', value).ok)

  /** The same value with every object's keys in the opposite order. */
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, turned(item)]),
    )
  }

  it('[AP9] the order of keys does not count, and parsing the bytes gives the same action', () =>
    fc.assert(
      fc.property(args, (value) => {
        const action = canonicalAction('send_email', value)
        expect(canonicalAction('send_email', turned(value))).toEqual(action)
        if (!action.ok) return expect.unreachable()
        const parsed = JSON.parse(action.value.canonical)
        expect(parsed).toEqual({ action: 'send_email', args: JSON.parse(JSON.stringify(value)) })
        expect(canonicalAction(parsed.action, parsed.args)).toEqual(action)
        expect(action.value.digest).toBe(digestOf(action.value.canonical))
      }),
    ))

  it('[AP9] keys stand in the order of their UTF-16 units, however many there are', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.string({
            unit: fc.oneof(
              fc.constantFrom('a', 'é', '\ud83d\ude00', '\uffff', '"'),
              fc.string({ unit: 'grapheme', maxLength: 1 }),
            ),
          }),
          { maxLength: 80 },
        ),
        (keys) => {
          const usable = keys.filter((key) => key !== '__proto__')
          const text = canonicalText(Object.fromEntries(usable.map((key) => [key, 0])))
          const sorted = usable.toSorted((one, other) => (one < other ? -1 : 1))
          expect(text).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`)
        },
      ),
    ))

  it('[AP9] another action, another value or another order of a list is another digest', () => {
    const digest = (action: string, value: unknown) => {
      const made = canonicalAction(action, value)
      return made.ok ? made.value.digest : expect.unreachable()
    }
    const digests = [
      digest('pay', { to: ['a', 'b'] }),
      digest('pay', { to: ['b', 'a'] }),
      digest('pays', { to: ['a', 'b'] }),
      digest('pay', { to: 'a,b' }),
      digest('pay', {}),
      digest('pay', null),
      digest('pay', '1'),
      digest('pay', 1),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })
})

describe('what is too large or not JSON', () => {
  it.each(['x', 'ä', '€', '😀'])('[AP10] 64 KiB of %s pass to the byte, one more does not', (letter) => {
    const overhead = Buffer.byteLength('{"action":"a","args":""}')
    const width = Buffer.byteLength(letter)
    const room = MAX_ACTION_BYTES - overhead
    const text = letter.repeat(Math.floor(room / width)) + 'x'.repeat(room % width)
    const fits = canonicalAction('a', text)
    expect(fits.ok && Buffer.byteLength(fits.value.canonical)).toBe(MAX_ACTION_BYTES)
    expect(canonicalAction('a', `${text}x`)).toMatchObject({ ok: false, error: { code: 'too_large' } })
  })

  it('[AP10] what grows by escaping is counted as it is stored', () =>
    expect(canonicalAction('a', '\u0001'.repeat(MAX_ACTION_BYTES / 4))).toMatchObject({
      error: { code: 'too_large' },
    }))

  it('[AP10] too deep, too big a number, half a pair, __proto__: refused, never changed on the way', () => {
    const nested = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000))
    expect(canonicalAction('a', nested)).toMatchObject({ error: { code: 'too_large' } })
    for (const value of [2 ** 53, '\uD800', JSON.parse('{"__proto__":1}'), Number.NaN, undefined, 1n])
      expect(canonicalAction('a', value)).toMatchObject({ ok: false, error: { code: 'invalid' } })
  })
})
