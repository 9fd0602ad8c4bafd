import type { Meter } from './meter.ts'

/** A CEL duration; a timestamp is a Date. Int is bigint, double is number; what JSON holds is as JSON.parse gives it. */
export class Span {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

/** An expression that has no value: a key that is not there, types that do not go together. `message`: a clause. */
export class NoValue extends Error {
  override readonly name = 'NoValue'
}

export type PlainMap = Readonly<Record<string, unknown>>

export const isNumeric = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

export const isMap = (value: unknown): value is PlainMap =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Span)

/** As CEL names the type of a value, for messages. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Date) return 'timestamp'
  if (value instanceof Span) return 'duration'
  const names: Readonly<Record<string, string>> = {
    bigint: 'int',
    number: 'double',
    boolean: 'bool',
    symbol: 'type',
  }
  return names[typeof value] ?? (typeof value === 'object' ? 'map' : typeof value)
}

/** What CEL's `type()` gives: each type is equal to itself alone. Of JSON a number is a `double`. */
export const types = {
  bool: Symbol('bool'),
  int: Symbol('int'),
  double: Symbol('double'),
  string: Symbol('string'),
  list: Symbol('list'),
  map: Symbol('map'),
  null_type: Symbol('null_type'),
} as const

/** CEL's `==`: numbers by their value, lists and maps by what they hold, other types apart. Throws OutOfSteps. */
export function isEqual(a: unknown, b: unknown, meter: Meter): boolean {
  meter.charge(1)
  // biome-ignore lint/suspicious/noDoubleEquals: an int equals a double by its value
  if (isNumeric(a) && isNumeric(b)) return a == b
  if (typeof a === 'string' && typeof b === 'string') {
    meter.read(Math.min(a.length, b.length))
    return a === b
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (a instanceof Span && b instanceof Span) return a.ms === b.ms
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, at) => isEqual(item, b[at], meter))
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a)
    meter.charge(keys.length)
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key], meter))
    )
  }
  return a === b
}

/** Negative, zero or positive. Throws NoValue where the two have no order, OutOfSteps. */
export function compare(a: unknown, b: unknown, meter: Meter): number {
  if (isNumeric(a) && isNumeric(b)) {
    if (Number.isNaN(a) || Number.isNaN(b)) throw new NoValue('NaN has no order')
    return a < b ? -1 : a > b ? 1 : 0
  }
  if (typeof a === 'string' && typeof b === 'string') {
    meter.read(Math.min(a.length, b.length))
    return a < b ? -1 : a > b ? 1 : 0
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime()
  if (a instanceof Span && b instanceof Span) return a.ms - b.ms
  throw new NoValue(`${typeName(a)} and ${typeName(b)} have no order`)
}
