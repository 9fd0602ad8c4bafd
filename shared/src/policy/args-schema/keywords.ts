import { z } from 'zod'

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
const type = z.enum(types)
const size = z.int().min(0)

/** A JSON Schema of arguments, without what could take unbounded time: no `$ref`, and patterns are RE2's. */
export interface ArgsSchema {
  readonly type?: (typeof types)[number] | readonly (typeof types)[number][] | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, ArgsSchema | boolean>> | undefined
  readonly required?: readonly string[] | undefined
  readonly additionalProperties?: ArgsSchema | boolean | undefined
  readonly minProperties?: number | undefined
  readonly maxProperties?: number | undefined
  readonly items?: ArgsSchema | boolean | undefined
  readonly minItems?: number | undefined
  readonly maxItems?: number | undefined
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
  readonly pattern?: string | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly exclusiveMinimum?: number | undefined
  readonly exclusiveMaximum?: number | undefined
  readonly multipleOf?: number | undefined
  readonly anyOf?: readonly (ArgsSchema | boolean)[] | undefined
  readonly oneOf?: readonly (ArgsSchema | boolean)[] | undefined
  readonly allOf?: readonly (ArgsSchema | boolean)[] | undefined
  readonly not?: ArgsSchema | boolean | undefined
}

const schema: z.ZodType<ArgsSchema | boolean> = z.lazy(() => z.union([z.boolean(), argsSchema]))
const schemas = z.array(schema).min(1).max(20)
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Strict: a keyword that is not known here is refused, for what it asks would be passed over in silence. */
export const argsSchema = z.strictObject({
  type: z.union([type, z.array(type).min(1).max(types.length)]).optional(),
  enum: z.array(scalar).min(1).max(200).optional(),
  const: scalar.optional(),
  properties: z.record(z.string(), schema).optional(),
  required: z.array(z.string()).max(100).optional(),
  additionalProperties: schema.optional(),
  minProperties: size.optional(),
  maxProperties: size.optional(),
  items: schema.optional(),
  minItems: size.optional(),
  maxItems: size.optional(),
  minLength: size.optional(),
  maxLength: size.optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  multipleOf: z.number().gt(0).optional(),
  anyOf: schemas.optional(),
  oneOf: schemas.optional(),
  allOf: schemas.optional(),
  not: schema.optional(),
  // said for people, and asking nothing
  $schema: z.string().optional(),
  $comment: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
})
