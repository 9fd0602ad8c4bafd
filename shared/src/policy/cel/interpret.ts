import type { ASTNode } from '@marcbachmann/cel-js'
import { type ArithmeticOperator, calculate, within } from './arithmetic.ts'
import { functions, methods } from './functions.ts'
import type { Meter } from './meter.ts'
import { compare, isEqual, isMap, isNumeric, NoValue, typeName } from './values.ts'

/** What an expression is evaluated with. */
export interface Scope {
  /** The variable's value. Throws NoValue where it has none. */
  readonly variable: (name: string) => unknown
  /** A literal pattern, compiled with the expression. */
  readonly pattern: (source: string) => Pattern | undefined
  readonly meter: Meter
}

/** A regular expression of an engine that never backtracks. */
export interface Pattern {
  readonly test: (text: string) => boolean
  /** What testing a text may cost, by its length and the size of the pattern. */
  readonly stepsToTest: (text: string) => number
}

/** The macros that go through a list, or the keys of a map. */
export const listMacros = ['all', 'exists', 'exists_one', 'filter', 'map'] as const
type ListMacro = (typeof listMacros)[number]

/**
 * The value of a checked expression. Every node is charged, and whatever its operator works through, so it ends.
 * Throws NoValue, OutOfSteps.
 */
export function interpret(node: ASTNode, scope: Scope): unknown {
  scope.meter.charge(1)
  switch (node.op) {
    case 'value':
      return node.args
    case 'id':
      return scope.variable(node.args)
    case '.':
      return field(interpret(node.args[0], scope), node.args[1])
    case '[]':
      return at(interpret(node.args[0], scope), interpret(node.args[1], scope))
    case 'list':
      return node.args.map((item) => interpret(item, scope))
    case 'map':
      return Object.fromEntries(
        node.args.map(([key, value]) => [keyOf(interpret(key, scope)), interpret(value, scope)]),
      )
    case '?:':
      return interpret(node.args[bool(interpret(node.args[0], scope)) ? 1 : 2], scope)
    case '||':
      return either(node.args, true, scope)
    case '&&':
      return either(node.args, false, scope)
    case '!_':
      return !bool(interpret(node.args, scope))
    case '-_':
      return negated(interpret(node.args, scope))
    case '==':
    case '!=':
      return (
        isEqual(interpret(node.args[0], scope), interpret(node.args[1], scope), scope.meter) ===
        (node.op === '==')
      )
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(
        node.op,
        compare(interpret(node.args[0], scope), interpret(node.args[1], scope), scope.meter),
      )
    case 'in':
      return isIn(interpret(node.args[0], scope), interpret(node.args[1], scope), scope.meter)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return calculate(
        node.op as ArithmeticOperator,
        interpret(node.args[0], scope),
        interpret(node.args[1], scope),
        scope.meter,
      )
    case 'call':
      return called(node.args[0], node.args[1], scope)
    case 'rcall':
      return calledOn(node.args[1], node.args[0], node.args[2], scope)
    default:
      throw new NoValue(`${node.op} has no meaning here`)
  }
}

function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new NoValue(`it is a ${typeName(value)}, not a bool`)
}

/** Only what is its own: nothing that an object inherits is a field. */
function field(value: unknown, name: string): unknown {
  if (!isMap(value)) throw new NoValue(`a ${typeName(value)} has no "${name}"`)
  if (!Object.hasOwn(value, name) || value[name] === undefined) throw new NoValue(`there is no "${name}"`)
  return value[name]
}

function at(value: unknown, key: unknown): unknown {
  if (!Array.isArray(value)) return field(value, keyOf(key))
  const index = isNumeric(key) ? Number(key) : Number.NaN
  if (!Number.isInteger(index) || index < 0 || index >= value.length)
    throw new NoValue('the list has no such place')
  return value[index]
}

function keyOf(key: unknown): string {
  if (typeof key === 'string') return key
  throw new NoValue(`a ${typeName(key)} is no key`)
}

/** CEL's logic: what decides, decides, though the other side has no value. Each side is evaluated once at most. */
function either([a, b]: readonly [ASTNode, ASTNode], deciding: boolean, scope: Scope): boolean {
  const left = attempted(() => bool(interpret(a, scope)))
  if (left === deciding) return deciding
  const right = bool(interpret(b, scope))
  if (right === deciding || typeof left === 'boolean') return right
  throw left
}

function attempted<T>(work: () => T): T | NoValue {
  try {
    return work()
  } catch (error) {
    if (error instanceof NoValue) return error
    throw error
  }
}

function negated(value: unknown): number | bigint {
  if (typeof value === 'bigint') return within(-value)
  if (typeof value === 'number') return -value
  throw new NoValue(`a ${typeName(value)} has no negative`)
}

function ordered(operator: '<' | '<=' | '>' | '>=', order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function isIn(value: unknown, whole: unknown, meter: Meter): boolean {
  if (Array.isArray(whole)) return whole.some((item) => isEqual(value, item, meter))
  if (isMap(whole)) return typeof value === 'string' && Object.hasOwn(whole, value)
  throw new NoValue(`nothing is in a ${typeName(whole)}`)
}

function called(name: string, args: readonly ASTNode[], scope: Scope): unknown {
  if (name === 'has') return has(args[0], scope)
  const apply = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!apply) throw new NoValue(`there is no function ${name}`)
  return apply(
    args.map((arg) => interpret(arg, scope)),
    scope.meter,
  )
}

function has(node: ASTNode | undefined, scope: Scope): boolean {
  if (node?.op !== '.') throw new NoValue('has() asks for a field')
  const whole = interpret(node.args[0], scope)
  if (!isMap(whole)) throw new NoValue(`a ${typeName(whole)} has no fields`)
  return Object.hasOwn(whole, node.args[1]) && whole[node.args[1]] !== undefined
}

function calledOn(receiver: ASTNode, name: string, args: readonly ASTNode[], scope: Scope): unknown {
  if (name === 'bind') return bound(args, scope)
  const value = interpret(receiver, scope)
  if ((listMacros as readonly string[]).includes(name))
    return throughList(value, name as ListMacro, args, scope)
  if (name === 'matches') return isMatch(value, args[0], scope)
  const apply = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (!apply) throw new NoValue(`there is no function ${name}`)
  return apply([value, ...args.map((arg) => interpret(arg, scope))], scope.meter)
}

/** `cel.bind(name, value, expression)`. */
function bound([name, value, expression]: readonly ASTNode[], scope: Scope): unknown {
  if (name?.op !== 'id' || !value || !expression) throw new NoValue('bind() asks for a name')
  return interpret(expression, withVariable(scope, name.args, interpret(value, scope)))
}

const withVariable = (scope: Scope, name: string, value: unknown): Scope => ({
  ...scope,
  variable: (asked) => (asked === name ? value : scope.variable(asked)),
})

/** The pattern is a literal (checked when the rule was loaded), so that no agent can choose one. */
function isMatch(value: unknown, literal: ASTNode | undefined, scope: Scope): boolean {
  if (typeof value !== 'string') throw new NoValue(`it is a ${typeName(value)}, not a string`)
  const pattern = literal?.op === 'value' ? scope.pattern(String(literal.args)) : undefined
  if (!pattern) throw new NoValue('the pattern was not compiled')
  scope.meter.charge(pattern.stepsToTest(value))
  return pattern.test(value)
}

function throughList(value: unknown, macro: ListMacro, args: readonly ASTNode[], scope: Scope): unknown {
  const [variable, first, second] = args
  if (variable?.op !== 'id' || !first) throw new NoValue(`${macro}() asks for a variable`)
  const items = itemsOf(value, scope.meter)
  const name = variable.args
  const on = (node: ASTNode) => (item: unknown) => {
    // before the body: an empty one must not go through a list for nothing
    scope.meter.charge(2)
    return interpret(node, withVariable(scope, name, item))
  }
  const test = (item: unknown) => bool(on(first)(item))
  switch (macro) {
    case 'all':
      return decidedBy(items, test, false)
    case 'exists':
      return decidedBy(items, test, true)
    case 'exists_one':
      return items.filter(test).length === 1
    case 'filter':
      return items.filter(test)
    case 'map':
      return second ? items.filter(test).map(on(second)) : items.map(on(first))
  }
}

function itemsOf(value: unknown, meter: Meter): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (!isMap(value)) throw new NoValue(`a ${typeName(value)} has nothing to go through`)
  const keys = Object.keys(value)
  meter.charge(keys.length)
  return keys
}

/** As `||` and `&&` over all of them: one that decides does so though others have no value. */
function decidedBy(items: readonly unknown[], test: (item: unknown) => boolean, deciding: boolean): boolean {
  let failed: NoValue | undefined
  for (const item of items) {
    const one = attempted(() => test(item))
    if (one === deciding) return deciding
    if (one instanceof NoValue) failed ??= one
  }
  if (failed) throw failed
  return !deciding
}
