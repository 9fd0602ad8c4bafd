import type { Meter } from './meter.ts'
import { isNumeric, NoValue, Span, typeName } from './values.ts'

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'

const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n

/** CEL's arithmetic; where an int meets a double, both count as doubles. Throws NoValue, OutOfSteps. */
export function calculate(operator: ArithmeticOperator, a: unknown, b: unknown, meter: Meter): unknown {
  if (typeof a === 'bigint' && typeof b === 'bigint') return within(ofInts(operator, a, b))
  if (isNumeric(a) && isNumeric(b)) return ofDoubles(operator, Number(a), Number(b))
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') {
      meter.read(a.length + b.length)
      return a + b
    }
    if (Array.isArray(a) && Array.isArray(b)) {
      meter.charge(a.length + b.length)
      return [...a, ...b]
    }
  }
  const moved = inTime(operator, a, b)
  if (moved !== undefined) return moved
  throw new NoValue(`${typeName(a)} ${operator} ${typeName(b)} has no meaning`)
}

function ofInts(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    default:
      if (b === 0n) throw new NoValue('an int was divided by 0')
      return operator === '/' ? a / b : a % b
  }
}

export function within(value: bigint): bigint {
  if (value < LEAST || value > MOST) throw new NoValue('an int does not fit in 64 bits')
  return value
}

function ofDoubles(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      throw new NoValue('% is for ints alone')
  }
}

function inTime(operator: ArithmeticOperator, a: unknown, b: unknown): Date | Span | undefined {
  if (operator === '+') {
    if (a instanceof Span && b instanceof Span) return new Span(a.ms + b.ms)
    if (a instanceof Date && b instanceof Span) return new Date(a.getTime() + b.ms)
    if (a instanceof Span && b instanceof Date) return new Date(a.ms + b.getTime())
  }
  if (operator === '-') {
    if (a instanceof Span && b instanceof Span) return new Span(a.ms - b.ms)
    if (a instanceof Date && b instanceof Span) return new Date(a.getTime() - b.ms)
    if (a instanceof Date && b instanceof Date) return new Span(a.getTime() - b.getTime())
  }
  return undefined
}
