import { describe, expect, it } from 'vitest'
import { Meter } from '../cel/meter.ts'
import { compileArgsSchema } from './compile.ts'

const misfitOf = (schema: unknown, args: unknown, meter = new Meter()): string | undefined => {
  const compiled = compileArgsSchema(schema)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  const misfit = compiled.value.check(args, meter)
  return misfit && `${misfit.path.join('.')} ${misfit.message}`
}

const payment = {
  type: 'object',
  properties: {
    amount: { type: 'number', exclusiveMinimum: 0, maximum: 1_000, multipleOf: 0.01 },
    currency: { enum: ['EUR', 'USD'] },
    iban: { type: 'string', pattern: '^[A-Z]{2}[0-9]{2}', minLength: 5, maxLength: 34 },
    lines: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'object', required: ['sku'] } },
    note: { type: ['string', 'null'] },
    to: { anyOf: [{ type: 'string' }, { type: 'object', properties: { id: { type: 'integer' } } }] },
  },
  required: ['amount'],
  additionalProperties: false,
}

describe('[PO3] a schema of arguments', () => {
  it.each([
    { amount: 12.34, currency: 'EUR', iban: 'DE89 3704', lines: [{ sku: 'a' }], note: null, to: { id: 7 } },
    { amount: 0.3 },
    { amount: 1, to: 'ana', note: 'x' },
  ])('%j fits', (args) => expect(misfitOf(payment, args)).toBeUndefined())

  it.each([
    [{}, 'amount is missing'],
    [[], ' must be object'],
    [{ amount: '12' }, 'amount must be number'],
    [{ amount: 0 }, 'amount must be more than 0'],
    [{ amount: 1_000.5 }, 'amount must be 1000 or less'],
    [{ amount: 1.234 }, 'amount must be a multiple of 0.01'],
    [{ amount: 999.9900000001 }, 'amount must be a multiple of 0.01'],
    [{ amount: 1, currency: 'SEK' }, 'currency must be "EUR", "USD"'],
    [{ amount: 1, iban: 'x' }, 'iban must have 5 characters or more'],
    [{ amount: 1, iban: 'de89 3704' }, 'iban must match ^[A-Z]{2}[0-9]{2}'],
    [{ amount: 1, lines: [] }, 'lines must have 1 item or more'],
    [{ amount: 1, lines: [{ sku: 'a' }, {}] }, 'lines.1.sku is missing'],
    [{ amount: 1, note: 3 }, 'note must be string or null'],
    [{ amount: 1, to: { id: 1.5 } }, 'to fits none of the forms it may have'],
    [{ amount: 1, constructor: 1 }, 'constructor is not allowed'],
  ])('%j does not fit: %s', (args, why) => expect(misfitOf(payment, args)).toBe(why))

  it.each([
    [
      { oneOf: [{ type: 'number' }, { type: 'integer' }] },
      1,
      ' must fit exactly one of the forms it may have',
    ],
    [{ allOf: [{ type: 'number' }, { minimum: 3 }] }, 1, ' must be 3 or more'],
    [{ not: { const: 'rm' } }, 'rm', ' has a form that is not allowed'],
    [{ additionalProperties: { type: 'string' } }, { a: 'x', b: 1 }, 'b must be string'],
    [{ maxProperties: 1 }, { a: 1, b: 1 }, ' must have 1 field or fewer'],
    [false, 1, undefined],
  ])('%j of %j: %s', (schema, args, why) =>
    schema === false
      ? expect(compileArgsSchema(schema).ok).toBe(false)
      : expect(misfitOf(schema, args)).toBe(why),
  )

  it.each(['$ref', 'format', 'patternProperties', 'uniqueItems', 'propertys'])(
    'a keyword that would be passed over in silence is refused: %s',
    (keyword) => expect(compileArgsSchema({ properties: { a: { [keyword]: true } } }).ok).toBe(false),
  )

  it('what would take too many steps does not fit', () => {
    let schema: object = { type: 'string' }
    for (let depth = 0; depth < 4; depth++) schema = { anyOf: Array.from({ length: 20 }, () => schema) }
    const args = { list: Array.from({ length: 10_000 }, () => 1) }
    const startedAt = performance.now()
    expect(misfitOf({ properties: { list: { items: schema } } }, args)).toMatch(/can't be checked/)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

it.each([
  [0.3, 0.1, true],
  [-1.1, 0.1, true],
  [1e21, 0.01, true],
  [1e-7, 1e-8, true],
  // near enough for a tolerance that grows with the number, and not what was asked for
  [1e9 + 0.004, 0.01, false],
  [123_456_789_012.5, 1, false],
  [1e-8, 1e-7, false],
])('[PO] %d is a multiple of %d: %s, in decimals and without rounding', (amount, multipleOf, fits) => {
  const compiled = compileArgsSchema({
    type: 'object',
    properties: { amount: { type: 'number', multipleOf } },
  })
  if (!compiled.ok) throw new Error(compiled.error.message)
  expect(compiled.value.check({ amount }, new Meter()) === undefined).toBe(fits)
})

it.each([
  [{ a: { type: 'strin' } }, 'properties.a.type', 'must be one of object, array, string'],
  [{ a: { type: ['string', 'strin'] } }, 'properties.a.type', 'must be one of object, array, string'],
  [{ a: { type: 7 } }, 'properties.a.type', 'must be'],
  [{ a: { items: { maxLength: '5' } } }, 'properties.a.items.maxLength', 'must be a number'],
])('[PO6] names what is allowed where %j says something else', (properties, path, message) => {
  const compiled = compileArgsSchema({ properties })
  if (compiled.ok) throw new Error('it was taken')
  const { mistakes } = compiled.error.details as { mistakes: { path: unknown[]; message: string }[] }
  expect(mistakes.map((one) => one.path.join('.'))).toEqual([path])
  expect(mistakes[0]?.message).toContain(message)
})
