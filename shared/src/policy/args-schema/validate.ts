import { counted } from '../../counted.ts'
import type { Pattern } from '../cel/interpret.ts'
import type { Meter } from '../cel/meter.ts'
import type { ArgsSchema } from './keywords.ts'

/** Where a value does not fit, and what it would have to be. */
export interface Misfit {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** In an expression: the character where it is wrong, from 0. */
  readonly offset?: number | undefined
  /** It is the key that is wrong, not what it holds. */
  readonly atKey?: boolean | undefined
}

/** What a schema is applied with. */
export interface Validation {
  readonly meter: Meter
  readonly pattern: (source: string) => Pattern | undefined
}

type Path = readonly (string | number)[]
type Schema = ArgsSchema | boolean

/** The first place where the value does not fit, or undefined. Each step is charged. Throws OutOfSteps. */
export function misfit(
  schema: Schema,
  value: unknown,
  within: Validation,
  path: Path = [],
): Misfit | undefined {
  within.meter.charge(5)
  if (schema === true) return undefined
  if (schema === false) return { path, message: 'is not allowed' }
  return (
    wrongType(schema, value, path) ??
    wrongChoice(schema, value, within, path) ??
    (typeof value === 'string' ? wrongText(schema, value, within, path) : undefined) ??
    (typeof value === 'number' ? wrongNumber(schema, value, path) : undefined) ??
    (Array.isArray(value) ? wrongList(schema, value, within, path) : undefined) ??
    (isObject(value) ? wrongObject(schema, value, within, path) : undefined) ??
    wrongCombination(schema, value, within, path)
  )
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function wrongType({ type }: ArgsSchema, value: unknown, path: Path): Misfit | undefined {
  if (type === undefined) return undefined
  const types = typeof type === 'string' ? [type] : type
  return types.some((one) => isOfType(value, one))
    ? undefined
    : { path, message: `must be ${types.join(' or ')}` }
}

function wrongChoice(
  schema: ArgsSchema,
  value: unknown,
  { meter }: Validation,
  path: Path,
): Misfit | undefined {
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (!choices) return undefined
  meter.read((typeof value === 'string' ? value.length : 1) * choices.length)
  if (choices.includes(value)) return undefined
  const shown = choices.slice(0, 10).map((one) => JSON.stringify(one))
  return { path, message: `must be ${shown.join(', ')}${choices.length > 10 ? ', …' : ''}` }
}

function wrongText(schema: ArgsSchema, value: string, within: Validation, path: Path): Misfit | undefined {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema
  if (schema.minLength !== undefined || schema.maxLength !== undefined) {
    within.meter.charge(value.length / 2)
    let length = 0
    for (const _ of value) length++
    if (length < minLength) return { path, message: `must have ${counted(minLength, 'character')} or more` }
    if (length > maxLength) return { path, message: `must have ${counted(maxLength, 'character')} or fewer` }
  }
  if (pattern === undefined) return undefined
  const compiled = within.pattern(pattern)
  if (!compiled) return { path, message: 'has a pattern that was not compiled' }
  within.meter.charge(compiled.stepsToTest(value))
  return compiled.test(value) ? undefined : { path, message: `must match ${pattern}` }
}

function wrongNumber(schema: ArgsSchema, value: number, path: Path): Misfit | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (minimum !== undefined && value < minimum) return { path, message: `must be ${minimum} or more` }
  if (maximum !== undefined && value > maximum) return { path, message: `must be ${maximum} or less` }
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    return { path, message: `must be more than ${exclusiveMinimum}` }
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    return { path, message: `must be less than ${exclusiveMaximum}` }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    return { path, message: `must be a multiple of ${multipleOf}` }
  return undefined
}

/** Of the decimals that people write and read: 0.3 is a multiple of 0.1, and ten million and a half cent of no cent. */
function isMultiple(value: number, of: number): boolean {
  const [a, b] = [decimalOf(value), decimalOf(of)]
  const places = Math.min(a.exponent, b.exponent)
  const whole = ({ digits, exponent }: Decimal) => digits * 10n ** BigInt(exponent - places)
  return whole(a) % whole(b) === 0n
}

/** `digits` times ten to the `exponent`, exactly what the number is written as. */
interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

function decimalOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(value).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

function wrongList(
  { items, minItems, maxItems }: ArgsSchema,
  value: readonly unknown[],
  within: Validation,
  path: Path,
): Misfit | undefined {
  if (minItems !== undefined && value.length < minItems)
    return { path, message: `must have ${counted(minItems, 'item')} or more` }
  if (maxItems !== undefined && value.length > maxItems)
    return { path, message: `must have ${counted(maxItems, 'item')} or fewer` }
  if (items === undefined) return undefined
  for (let at = 0; at < value.length; at++) {
    const wrong = misfit(items, value[at], within, [...path, at])
    if (wrong) return wrong
  }
  return undefined
}

function wrongObject(
  { properties = {}, required = [], additionalProperties = true, minProperties, maxProperties }: ArgsSchema,
  value: Readonly<Record<string, unknown>>,
  within: Validation,
  path: Path,
): Misfit | undefined {
  const keys = Object.keys(value)
  within.meter.charge(keys.length + required.length)
  const missing = required.find((key) => !Object.hasOwn(value, key))
  if (missing !== undefined) return { path: [...path, missing], message: 'is missing' }
  if (minProperties !== undefined && keys.length < minProperties)
    return { path, message: `must have ${counted(minProperties, 'field')} or more` }
  if (maxProperties !== undefined && keys.length > maxProperties)
    return { path, message: `must have ${counted(maxProperties, 'field')} or fewer` }
  for (const key of keys) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : additionalProperties
    const wrong = misfit(schema ?? true, value[key], within, [...path, key])
    if (wrong) return wrong
  }
  return undefined
}

function wrongCombination(
  schema: ArgsSchema,
  value: unknown,
  within: Validation,
  path: Path,
): Misfit | undefined {
  const fits = (one: Schema) => misfit(one, value, within, path) === undefined
  for (const one of schema.allOf ?? []) {
    const wrong = misfit(one, value, within, path)
    if (wrong) return wrong
  }
  if (schema.anyOf && !schema.anyOf.some(fits)) return { path, message: 'fits none of the forms it may have' }
  if (schema.oneOf && schema.oneOf.filter(fits).length !== 1)
    return { path, message: 'must fit exactly one of the forms it may have' }
  if (schema.not !== undefined && fits(schema.not)) return { path, message: 'has a form that is not allowed' }
  return undefined
}
