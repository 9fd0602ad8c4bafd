import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences } from './diff.ts'
import { jsonLines } from './json-lines.ts'

const json = fc.jsonValue({ maxDepth: 6 })

describe('arguments as lines', () => {
  it('escapes in keys and texts what would end them, and has each value on a line of its own', () => {
    const drawn = jsonLines({ to: 'a"b\\', 'k"': 'é\n', list: [1, {}], none: null }).map(
      ({ depth, tokens }) => [depth, tokens.map(({ text }) => text).join('')],
    )
    expect(drawn).toEqual([
      [0, '{'],
      [1, '"to": "a\\"b\\\\",'],
      [1, '"k\\"": "é\n",'],
      [1, '"list": ['],
      [2, '1,'],
      [2, '{}'],
      [1, '],'],
      [1, '"none": null'],
      [0, '}'],
    ])
  })

  it('[AP10] leaves nothing out of any value', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = jsonLines(value)
          .flatMap(({ tokens }) => tokens)
          .map((token) =>
            token.kind === 'key' || token.kind === 'string'
              ? // what is drawn by name, as JSON writes it
                [...token.text]
                  .map((one) => (/["\\]/.test(one) ? one : JSON.stringify(one).slice(1, -1)))
                  .join('')
              : token.text,
          )
          .join('')
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('what differs', () => {
  it('names each place by its pointer', () => {
    expect(
      differences({ a: { 'x/y': 1, keep: [1] }, b: 2 }, { a: { 'x/y': 2, keep: [1] }, c: null }),
    ).toEqual([
      { path: '/a/x~1y', before: 1, after: 2, kind: 'changed' },
      { path: '/b', before: 2, kind: 'removed' },
      { path: '/c', after: null, kind: 'added' },
    ])
  })

  it('is nothing exactly where nothing differs', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))]
        expect(differences(left, left)).toEqual([])
        expect(differences(left, right).length > 0).toBe(
          JSON.stringify(left) !== JSON.stringify(right) && !same(left, right),
        )
      }),
    )
  })
})

const same = (a: unknown, b: unknown): boolean => {
  try {
    expect(a).toEqual(b)
    return true
  } catch {
    return false
  }
}
