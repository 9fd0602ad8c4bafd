import { describe, expect, it } from 'vitest'
import { apparentMisfit } from './fits.ts'

const schema = {
  type: 'object',
  properties: { to: { type: 'string', pattern: '^DE' }, amount: { type: 'number', maximum: 100 } },
  required: ['to'],
} as const

describe('what a form can say of its arguments', () => {
  it('names the first place that does not fit', () => {
    expect(apparentMisfit(schema, { to: 'DE89', amount: 100 })).toBeUndefined()
    expect(apparentMisfit(schema, { amount: 1 })).toEqual({ path: ['to'], message: 'is missing' })
    expect(apparentMisfit(schema, { to: 'DE89', amount: 101 })).toMatchObject({ path: ['amount'] })
  })

  it('leaves patterns to the server, and what is too much to check', () => {
    expect(apparentMisfit(schema, { to: 'FR14' })).toBeUndefined()
    const wide = { type: 'array', items: { enum: Array.from({ length: 200 }, (_, at) => at) } } as const
    expect(
      apparentMisfit(
        wide,
        Array.from({ length: 50_000 }, () => 1),
      ),
    ).toBeUndefined()
  })
})
