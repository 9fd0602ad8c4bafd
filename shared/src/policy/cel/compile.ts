import type { ASTNode } from '@marcbachmann/cel-js'
import { refused } from '../../errors.ts'
import { ok, type Result } from '../../result.ts'
import { contradictionIn } from './contradiction.ts'
import { functions, methods } from './functions.ts'
import { interpret, listMacros, type Pattern } from './interpret.ts'
import { type Meter, OutOfSteps } from './meter.ts'
import { compilePattern } from './pattern.ts'
import { NoValue, typeName } from './values.ts'
import { ruleEnvironment } from './variables.ts'

/** A rule's condition, parsed and checked. */
export interface Condition {
  /** Errors: `invalid`, a clause that says why it has no answer. */
  evaluate(variable: (name: string) => unknown, meter: Meter): Result<boolean>
  /** The actions that it names in full: `action == "x"`, `action in ["x", "y"]`. */
  readonly actions: readonly string[]
  /** Why it is true of nothing, as a clause; undefined where it may be. */
  readonly contradiction: string | undefined
}

/** Where an expression is wrong: `offset` in characters from its start. */
interface Mistake {
  readonly message: string
  readonly offset: number
}

/**
 * Parses and type-checks a CEL expression over the variables of a rule (PO3).
 * Errors: `invalid` with `details.offset`, for syntax, unknown names, types, and what is not supported here.
 */
export function compileCondition(source: string): Result<Condition> {
  const parsed = parse(source)
  if ('offset' in parsed) return refused('invalid', parsed.message, { offset: parsed.offset })
  const patterns = new Map<string, Pattern>()
  const mistake = firstUnsupported(parsed, patterns)
  if (mistake) return refused('invalid', mistake.message, { offset: mistake.offset })
  return ok({
    actions: actionsNamed(parsed),
    contradiction: contradictionIn(parsed),
    evaluate(variable, meter) {
      try {
        const value = interpret(parsed, { variable, pattern: (literal) => patterns.get(literal), meter })
        if (typeof value === 'boolean') return ok(value)
        return refused('invalid', `it gave a ${typeName(value)}, not a bool`)
      } catch (error) {
        if (error instanceof NoValue || error instanceof OutOfSteps) return refused('invalid', error.message)
        throw error
      }
    },
  })
}

function parse(source: string): ASTNode | Mistake {
  try {
    const expression = ruleEnvironment.parse(source)
    const checked = expression.check()
    if (!checked.valid) return mistakeOf(checked.error)
    const type = String(checked.type)
    if (type !== 'bool' && type !== 'dyn')
      return { message: `a rule asks yes or no, and this gives a ${type}`, offset: 0 }
    return expression.ast
  } catch (error) {
    return mistakeOf(error)
  }
}

interface Located {
  readonly summary?: string
  readonly range?: { readonly start: number }
  readonly message?: string
}

const mistakeOf = (error: unknown): Mistake => {
  const { summary, message, range } = error as Located
  return {
    message: (summary ?? message ?? 'it is no CEL expression').split('\n')[0] ?? '',
    offset: range?.start ?? 0,
  }
}

/** What the checker knows and this evaluator does not; also compiles the patterns, which must be literal. */
function firstUnsupported(root: ASTNode, patterns: Map<string, Pattern>): Mistake | undefined {
  const stack: ASTNode[] = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const problem = unsupported(node, patterns)
    if (problem) return { message: problem, offset: node.range.start }
    stack.push(...childrenOf(node))
  }
  return undefined
}

function actionsNamed(root: ASTNode): readonly string[] {
  const named: string[] = []
  const stack: ASTNode[] = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.op === '==' || node.op === 'in') named.push(...comparedWithAction(node.args))
    stack.push(...childrenOf(node))
  }
  return named
}

/** The texts that are beside `action`, on whichever side. */
function comparedWithAction(sides: readonly ASTNode[]): readonly string[] {
  if (!sides.some((side) => side.op === 'id' && side.args === 'action')) return []
  return sides
    .flatMap((side) => (side.op === 'list' ? side.args : [side]))
    .flatMap((side) => (side.op === 'value' && typeof side.args === 'string' ? [side.args] : []))
}

function unsupported(node: ASTNode, patterns: Map<string, Pattern>): string | undefined {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'object' && node.args !== null
        ? 'bytes and uints are not supported here'
        : undefined
    case '.?':
    case '[?]':
      return 'optional fields are not supported here; ask with has()'
    case 'call':
      return node.args[0] === 'has' || Object.hasOwn(functions, node.args[0])
        ? undefined
        : `the function ${node.args[0]} is not supported here`
    case 'rcall':
      return unsupportedMethod(node.args, patterns)
    default:
      return undefined
  }
}

function unsupportedMethod(
  [name, , args]: readonly [string, ASTNode, readonly ASTNode[]],
  patterns: Map<string, Pattern>,
): string | undefined {
  if (name === 'bind' || (listMacros as readonly string[]).includes(name)) return undefined
  if (name !== 'matches')
    return Object.hasOwn(methods, name) ? undefined : `the function ${name} is not supported here`
  const [literal] = args
  if (literal?.op !== 'value' || typeof literal.args !== 'string')
    return 'the pattern of matches() must be written out, so that nobody else can choose it'
  const pattern = compilePattern(literal.args)
  if (!pattern.ok) return pattern.error.message
  patterns.set(literal.args, pattern.value)
  return undefined
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
