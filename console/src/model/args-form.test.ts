import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankOf, fieldsOf, kindOf, schemaOf, typedNumber, withField, withItem } from './args-form.ts'

describe('a form for arguments', () => {
  it('[AP10] shows every field the arguments have, named by policy or not', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.constantFrom({ type: 'string' as const }, false)),
        (value, properties) => {
          const keys = fieldsOf({ type: 'object', properties }, value).map(({ key }) => key)
          for (const key of Object.keys(value)) expect(keys).toContain(key)
          expect(new Set(keys).size).toBe(keys.length)
        },
      ),
    )
  })

  it('made from a value fits that value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        for (const { key, schema } of fieldsOf(schemaOf(value), value))
          expect(kindOf(schema, value[key], 1)).toBe(kindOf(schemaOf(value[key]), value[key], 1))
      }),
    )
  })

  it('gives a text with line breaks more than one line, and a value of another type than its schema its JSON', () => {
    const text = { type: 'string' } as const
    expect(kindOf(text, 'one', 0)).toBe('text')
    expect(kindOf(text, 'one\ntwo', 0)).toBe('lines')
    expect(kindOf(text, 7, 0)).toBe('json')
    expect(kindOf({ type: 'boolean' }, 'yes', 0)).toBe('json')
    expect(kindOf({ type: 'object' }, {}, 9)).toBe('json')
  })

  it('[AP10] takes a number only where no digit of it is rounded away', () => {
    expect(typedNumber('12.50')).toBe(12.5)
    expect(typedNumber('-3e2')).toBe(-300)
    for (const text of ['12.', '1,5', '007', '0x10', 'NaN', '9007199254740993', '0.12345678901234567'])
      expect(typedNumber(text)).toBe(text)
  })

  it('sets, adds and leaves out', () => {
    expect(Object.keys(withField({ a: 1, b: 2 }, 'a', 3))).toEqual(['a', 'b'])
    expect(withField({ a: 1 }, 'a', undefined)).toEqual({})
    expect(Object.keys(withField({}, '__proto__', 1))).toEqual(['__proto__'])
    expect(withItem(['a', 'b'], 0, undefined)).toEqual(['b'])
    expect(blankOf({ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] })).toEqual({
      a: 0,
    })
  })
})
