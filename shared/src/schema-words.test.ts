import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { inOurWords } from './schema-words.ts'

const said = (schema: z.ZodType, value: unknown): readonly string[] => {
  const parsed = schema.safeParse(value, inOurWords)
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message)
}

describe('what does not fit a schema', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.object({ a: z.string() }), {}, 'is missing'],
    [z.string(), 1, 'must be a text'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.number(), 'x', 'must be a number'],
    [z.boolean(), 'yes', 'must be true or false'],
    [z.array(z.string()), {}, 'must be a list'],
    [z.strictObject({}), [], 'must be an object'],
    [z.record(z.string(), z.string()), 'x', 'must be an object'],
    [z.undefined().optional(), 1, 'must be left out here'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(8), 'x', 'must have at least 8 characters'],
    [z.string().max(2), 'xxx', 'must have at most 2 characters'],
    [z.array(z.int()).max(1), [1, 2], 'must have at most 1 entries'],
    [z.number().min(0), -1, 'must be at least 0'],
    [z.number().gt(0), 0, 'must be more than 0'],
    [z.number().max(1), 2, 'must be at most 1'],
    [z.enum(['none', 'notify']), 'x', 'must be one of none, notify'],
    [z.literal(true), false, 'must be true'],
    [z.iso.datetime(), 'now', 'must be a time like 2026-01-31T12:00:00Z'],
    [z.string().regex(/^a$/), 'b', 'is not written as it must be'],
    [z.string().regex(/^a$/, 'must be an a'), 'b', 'must be an a'],
    [z.record(z.string().regex(/^a$/, 'must be an a'), z.int()), { b: 1 }, 'must be an a'],
    [z.union([z.int(), z.string()]), true, 'must be a number, or must be a text'],
    [
      z.discriminatedUnion('kind', [z.object({ kind: z.literal('x') }), z.object({ kind: z.literal('y') })]),
      { kind: 'z' },
      'must be one of x, y',
    ],
    [z.number().multipleOf(5), 7, 'must be a multiple of 5'],
  ])('is said in our own words (%#)', (schema, value, words) => expect(said(schema, value)).toEqual([words]))
})
