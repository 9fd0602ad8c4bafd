import { within } from './arithmetic.ts'
import { timestampParts, wallClock } from './calendar.ts'
import type { Meter } from './meter.ts'
import { isMap, isNumeric, NoValue, Span, typeName, types } from './values.ts'

/** Throws NoValue for what it is not meant for, OutOfSteps. `values`: the receiver first, where there is one. */
type Fn = (values: readonly unknown[], meter: Meter) => unknown

const text = (value: unknown): string => {
  if (typeof value === 'string') return value
  throw new NoValue(`it is a ${typeName(value)}, not a string`)
}

const size: Fn = ([value], meter) => {
  if (typeof value === 'string') {
    meter.charge(value.length / 2)
    let count = 0n
    for (const _ of value) count++
    return count
  }
  if (Array.isArray(value)) return BigInt(value.length)
  if (!isMap(value)) throw new NoValue(`a ${typeName(value)} has no size`)
  const { length } = Object.keys(value)
  meter.charge(length)
  return BigInt(length)
}

/** Searching may try every place, and compare as much as is sought at each. */
const searching =
  (search: (within: string, sought: string) => unknown): Fn =>
  ([within, sought], meter) => {
    const [a, b] = [text(within), text(sought)]
    meter.read(a.length * Math.max(1, b.length))
    return search(a, b)
  }

const rewriting =
  (rewrite: (given: string) => string): Fn =>
  ([given], meter) => {
    const it = text(given)
    meter.charge(it.length / 8)
    return rewrite(it)
  }

const ascii = (from: string, to: (letter: string) => string) => (given: string) =>
  given.replace(from === 'upper' ? /[A-Z]/g : /[a-z]/g, to)

const substring: Fn = ([given, from, to], meter) => {
  const it = text(given)
  meter.read(it.length)
  const start = Number(from)
  const end = to === undefined ? it.length : Number(to)
  if (!(start >= 0 && start <= end && end <= it.length)) throw new NoValue('the text is shorter than that')
  return it.slice(start, end)
}

const INT = /^-?\d{1,19}$/
const DOUBLE = /^-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?$/

const int: Fn = ([value]) => {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isFinite(value)) return within(BigInt(Math.trunc(value)))
  if (typeof value === 'string' && INT.test(value)) return within(BigInt(value))
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1_000))
  throw new NoValue(`that ${typeName(value)} is no int`)
}

const double: Fn = ([value]) => {
  if (isNumeric(value)) return Number(value)
  if (typeof value === 'string' && DOUBLE.test(value)) return Number(value)
  throw new NoValue(`that ${typeName(value)} is no double`)
}

const string: Fn = ([value]) => {
  if (typeof value === 'string') return value
  if (isNumeric(value) || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString()
  throw new NoValue(`a ${typeName(value)} is no string`)
}

const bool: Fn = ([value]) => {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new NoValue(`that ${typeName(value)} is no bool`)
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

const timestamp: Fn = ([value]) => {
  if (value instanceof Date) return value
  const at =
    typeof value === 'string' && value.length <= 40 && RFC3339.test(value)
      ? new Date(value)
      : typeof value === 'bigint'
        ? new Date(Number(value) * 1_000)
        : undefined
  if (!at || Number.isNaN(at.getTime())) throw new NoValue(`that ${typeName(value)} is no timestamp`)
  return at
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
const DURATION = /^(-?)((?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s)){1,4})$/

const duration: Fn = ([value]) => {
  if (value instanceof Span) return value
  const [, sign, parts = ''] = (typeof value === 'string' && value.length <= 60 && DURATION.exec(value)) || []
  if (parts === '') throw new NoValue(`that ${typeName(value)} is no duration`)
  let ms = 0
  for (const [, count, unit = 'ms'] of parts.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g))
    ms += Number(count) * (UNITS[unit] ?? 1)
  return new Span(sign ? -ms : ms)
}

const type: Fn = ([value]) => {
  const name = value === null ? 'null_type' : typeName(value)
  if (Object.hasOwn(types, name)) return types[name as keyof typeof types]
  throw new NoValue(`the type of a ${name} has no name here`)
}

/** Functions by name: `size(x)`. */
export const functions: Readonly<Record<string, Fn>> = {
  size,
  int,
  double,
  string,
  bool,
  timestamp,
  duration,
  dyn: ([value]) => value,
  type,
}

/** Functions of a receiver: `x.startsWith(y)`. `matches` is apart: its pattern is compiled with the rule. */
export const methods: Readonly<Record<string, Fn>> = {
  size,
  startsWith: ([a, b], meter) => {
    meter.read(text(b).length)
    return text(a).startsWith(text(b))
  },
  endsWith: ([a, b], meter) => {
    meter.read(text(b).length)
    return text(a).endsWith(text(b))
  },
  contains: searching((a, b) => a.includes(b)),
  indexOf: searching((a, b) => BigInt(a.indexOf(b))),
  lastIndexOf: searching((a, b) => BigInt(a.lastIndexOf(b))),
  lowerAscii: rewriting(ascii('upper', (letter) => letter.toLowerCase())),
  upperAscii: rewriting(ascii('lower', (letter) => letter.toUpperCase())),
  trim: rewriting((given) => given.trim()),
  substring,
  ...Object.fromEntries(Object.keys(timestampParts).map((name) => [name, datePart(name)])),
}

/** The same names read hours, minutes, seconds and milliseconds off a duration, as a whole. */
function datePart(name: string): Fn {
  const perPart: Readonly<Record<string, number>> = {
    getHours: 3_600_000,
    getMinutes: 60_000,
    getSeconds: 1_000,
    getMilliseconds: 1,
  }
  return ([value, zone], meter) => {
    if (value instanceof Span && perPart[name] !== undefined && zone === undefined)
      return BigInt(Math.trunc(value.ms / perPart[name]))
    if (!(value instanceof Date)) throw new NoValue(`a ${typeName(value)} has no ${name}`)
    const shown = zone === undefined ? value : wallClock(value, text(zone), meter)
    return BigInt(timestampParts[name]?.(shown) ?? 0)
  }
}
