import { z } from 'zod'
import { DIGEST_PATTERN } from '../canonical.ts'
import { EPOCH_PATTERN } from '../epoch.ts'
import { NAME_IN_WORDS, NAME_PATTERN } from '../ids.ts'
import { DAY } from '../time.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const id = z.string().regex(UUID, 'must be an id (UUID)')
export const name = z.string().regex(NAME_PATTERN, `must be an id, which ${NAME_IN_WORDS}`)
/** Idempotency key: the same key is the same request (AP7). */
export const key = z.string().min(1).max(128)
export const epoch = z
  .templateLiteral([z.number(), '.', z.number()])
  .refine((text) => EPOCH_PATTERN.test(text))
export const instance = z.string().min(8).max(64)
export const digest = z
  .templateLiteral(['sha256:', z.string()])
  .refine((text) => DIGEST_PATTERN.test(text), 'must be sha256: and 64 hex digits')
export const score = z.number().min(0).max(1)
export const seq = z.int().min(0)
/** At most a leap year: beyond it, a time that is counted from now leaves what a date can hold. */
export const durationMs = z
  .int()
  .min(1)
  .max(366 * DAY)
export const timestamp = z.iso.datetime()
export const actionName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/, 'must be an action name')
/** A short text by a person or an agent. */
export const text = z.string().min(1).max(2_000)
export const longText = z.string().min(1).max(8_192)
/** Any JSON; checked for depth, numbers, surrogates and size before it is believed (AP10). */
export const json = z.unknown()
export const limit = z.int().min(1).max(500)

export const target = z.union([
  z.strictObject({ agent: name, children: z.boolean().optional() }),
  z.strictObject({ labels: z.string().min(1).max(1_000) }),
  z.strictObject({ all: z.literal(true) }),
])

const formField = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean']),
  title: z.string().max(200).optional(),
  description: z.string().max(1_000).optional(),
  enum: z
    .array(z.union([z.string().max(200), z.number()]))
    .min(1)
    .max(50)
    .optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
})

/** ES5: a flat JSON Schema; no `pattern`, no `$ref`, nothing nested. */
export const formSchema = z
  .strictObject({
    type: z.literal('object'),
    properties: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/), formField)
      .refine((fields) => Object.keys(fields).length <= 30, 'at most 30 fields'),
    required: z.array(z.string()).max(30).optional(),
  })
  .refine(({ properties, required = [] }) => required.every((key) => Object.hasOwn(properties, key)), {
    path: ['required'],
    message: 'names a field that the form does not have',
  })
