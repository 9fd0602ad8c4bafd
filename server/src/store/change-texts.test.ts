import { canonicalText } from '@holdpoint/shared'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChangeTexts } from './change-texts.ts'

const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: false } as never)
const fields = fc.dictionary(fc.string(), json)

it('[PR7] what a record and an answer share with their event is written once, and says the same', () => {
  fc.assert(
    fc.property(fields, fields, fields, (view, more, rest) => {
      const texts = new ChangeTexts()
      expect(texts.data({ ...more, approval: view })).toBe(canonicalText({ ...more, approval: view }))
      const answer = { answer: { ok: true, value: { ...rest, approval: view } }, epoch: undefined }
      expect(JSON.parse(texts.json(view))).toEqual(JSON.parse(JSON.stringify(view)))
      expect(JSON.parse(texts.json(answer))).toEqual(JSON.parse(JSON.stringify(answer)))
    }),
  )
})

it('[PR7] what is not shared is written as JSON writes it, and what JSON can not hold is refused', () => {
  const texts = new ChangeTexts()
  expect(texts.json({ a: [1, undefined], b: undefined, c: new Date(0) })).toBe(
    '{"a":[1,null],"c":"1970-01-01T00:00:00.000Z"}',
  )
  expect(texts.json(null)).toBe('null')
  expect(() => texts.json(undefined)).toThrow(TypeError)
  expect(() => texts.data({ n: Number.NaN })).toThrow(TypeError)
})
