import { type ArgsSchema, counted } from '@holdpoint/shared'
import { isSameJson } from './same-json.ts'

/** How one value is edited. `json`: as its text, where no input is made for it. */
export type FieldKind = 'text' | 'lines' | 'number' | 'boolean' | 'choice' | 'object' | 'list' | 'json'

export type Fields = Readonly<Record<string, unknown>>

/** Deeper ones are edited as JSON: a form that nests further is harder to read than that. */
const MAX_DEPTH = 3
/** From here on a text gets more than one line. */
const LONG_TEXT = 72

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The input for a value under its schema; a value of another type than the schema has stays visible, as JSON. */
export function kindOf(schema: ArgsSchema, value: unknown, depth: number): FieldKind {
  const { type } = schema
  if (schema.enum?.every((one) => one !== null && typeof one !== 'boolean')) return 'choice'
  switch (type) {
    case 'string':
      if (value !== undefined && typeof value !== 'string') return 'json'
      return isLong(schema, value) ? 'lines' : 'text'
    case 'number':
    case 'integer':
      // what was typed and is no number stays a text until it is one
      return value === undefined || typeof value === 'number' || typeof value === 'string' ? 'number' : 'json'
    case 'boolean':
      return value === undefined || typeof value === 'boolean' ? 'boolean' : 'json'
    case 'object':
      return depth < MAX_DEPTH && isFields(value) ? 'object' : 'json'
    case 'array':
      return depth < MAX_DEPTH && Array.isArray(value) && isFields(schema.items) ? 'list' : 'json'
    default:
      return 'json'
  }
}

/** A one-line input would drop line breaks, and hide the end of a long text. */
const isLong = ({ maxLength = 0 }: ArgsSchema, value: unknown): boolean =>
  maxLength > 4 * LONG_TEXT ||
  (typeof value === 'string' && (value.length > LONG_TEXT || /[\r\n\u2028\u2029]/.test(value)))

/** What a value shows of its own form, for actions that policy has no schema for. */
export function schemaOf(value: unknown): ArgsSchema {
  if (Array.isArray(value)) {
    const [first] = value
    const items = schemaOf(first)
    const alike = value.length > 0 && value.every((one) => schemaOf(one).type === items.type)
    return alike && items.type !== 'array' ? { type: 'array', items } : { type: 'array' }
  }
  if (isFields(value))
    return {
      type: 'object',
      properties: Object.fromEntries(Object.entries(value).map(([key, one]) => [key, schemaOf(one)])),
      required: Object.keys(value),
    }
  if (value === null || value === undefined) return {}
  return { type: typeof value as 'string' | 'number' | 'boolean' }
}

/** One input of an object: what policy names first, then whatever else the arguments hold, so that nothing is hidden. */
export interface FieldOf {
  readonly key: string
  readonly schema: ArgsSchema
  readonly required: boolean
}

export function fieldsOf(schema: ArgsSchema, value: Fields): readonly FieldOf[] {
  const { properties = {}, required = [], additionalProperties } = schema
  const rest = Object.keys(value).filter((key) => !Object.hasOwn(properties, key))
  const other = isFields(additionalProperties) ? (additionalProperties as ArgsSchema) : undefined
  return [
    ...Object.entries(properties).flatMap(([key, one]) =>
      one === false && !Object.hasOwn(value, key)
        ? []
        : [
            {
              key,
              schema: isFields(one) ? (one as ArgsSchema) : schemaOf(value[key]),
              required: required.includes(key),
            },
          ],
    ),
    ...rest.map((key) => ({ key, schema: other ?? schemaOf(value[key]), required: required.includes(key) })),
  ]
}

/** With one field set, or left out where it is undefined. Keys keep their places. */
export function withField(value: Fields, key: string, next: unknown): Fields {
  const entries = new Map(Object.entries(value))
  if (next === undefined) entries.delete(key)
  else entries.set(key, next)
  return Object.fromEntries(entries)
}

export const withItem = (value: readonly unknown[], at: number, next: unknown): readonly unknown[] =>
  next === undefined ? value.toSpliced(at, 1) : value.with(at, next)

/** What a new item of a list begins as. */
export function blankOf(schema: ArgsSchema): unknown {
  if (schema.enum) return schema.enum[0]
  switch (schema.type) {
    case 'number':
    case 'integer':
      return 0
    case 'boolean':
      return false
    case 'object':
      return Object.fromEntries(
        fieldsOf(schema, {})
          .filter(({ required }) => required)
          .map(({ key, schema: one }) => [key, blankOf(one)]),
      )
    case 'array':
      return []
    case 'string':
      return ''
    default:
      return null
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** As many as a double keeps for certain. */
const MAX_DIGITS = 15

/**
 * The number that somebody typed, or the text itself where it is none, or one that would be rounded: the schema then
 * says that a number is wanted, and nothing else is sent than what was typed (AP10).
 */
export function typedNumber(text: string): number | string {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
  return NUMBER.test(text) && digits.length <= MAX_DIGITS ? Number(text) : text
}

/** Whether the field says something else than was asked for. */
export const isChanged = (before: unknown, after: unknown): boolean =>
  before === undefined || after === undefined ? before !== after : !isSameJson(before, after)

/** What a schema asks of one value, in words beside it. */
export function hintsOf(schema: ArgsSchema): readonly string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, pattern, minLength, maxLength } =
    schema
  const choices = schema.enum
  const hints: (readonly [unknown, string])[] = [
    [
      choices,
      `one of ${choices?.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ')}`,
    ],
    [minimum, `${minimum} or more`],
    [exclusiveMinimum, `more than ${exclusiveMinimum}`],
    [maximum, `${maximum} or less`],
    [exclusiveMaximum, `less than ${exclusiveMaximum}`],
    [multipleOf, `in steps of ${multipleOf}`],
    [minLength, `${counted(minLength ?? 0, 'character')} or more`],
    [maxLength, `${counted(maxLength ?? 0, 'character')} or fewer`],
    [pattern, `like ${pattern}`],
  ]
  return hints.filter(([asked]) => asked !== undefined).map(([, words]) => words)
}
