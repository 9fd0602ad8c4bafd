import type { ASTNode } from '@marcbachmann/cel-js'

/** Scores of which everybody knows the bounds. */
const SCORES = ['risk', 'confidence', 'trust']

type Literal = string | number | boolean

/** What all parts of one conjunction ask of one name. */
interface Bounds {
  equal?: readonly Literal[]
  above?: { readonly than: number; readonly strict: boolean }
  below?: { readonly than: number; readonly strict: boolean }
}

/**
 * Why a condition is true of nothing, as a clause; undefined where it may hold. Only what parts joined by `&&` say of one name,
 * compared with what is written out, is looked at: it never calls impossible what is not.
 */
export function contradictionIn(node: ASTNode): string | undefined {
  if (node.op === '||') {
    const [left, right] = node.args.map(contradictionIn)
    return left !== undefined && right !== undefined ? left : undefined
  }
  if (node.op === 'value') return node.args === false ? 'it says false' : undefined
  const asked = new Map<string, Bounds>()
  for (const part of partsOf(node)) {
    const inner = part === node ? undefined : contradictionIn(part)
    const why = inner ?? narrowed(asked, part)
    if (why !== undefined) return why
  }
  return undefined
}

const partsOf = (node: ASTNode): readonly ASTNode[] =>
  node.op === '&&' ? node.args.flatMap(partsOf) : [node]

/** Takes one part in; why nothing is left then. */
function narrowed(asked: Map<string, Bounds>, part: ASTNode): string | undefined {
  const said = comparisonIn(part)
  if (!said) return undefined
  const { name, op, literals } = said
  const bounds = asked.get(name) ?? (SCORES.includes(name) ? inScore() : {})
  asked.set(name, bounds)
  const [first] = literals
  if (op === '==' || op === 'in')
    bounds.equal = bounds.equal ? bounds.equal.filter((one) => literals.includes(one)) : literals
  else if (typeof first === 'number') bound(bounds, op, first)
  const { equal, above, below } = bounds
  if (equal && !equal.some((one) => isWithin(one, bounds)))
    return `"${name}" can't be all that it asks at once`
  if (
    above &&
    below &&
    (above.than > below.than || (above.than === below.than && (above.strict || below.strict)))
  )
    return (
      beyondScore(name, bounds) ?? `"${name}" can't be above ${above.than} and below ${below.than} at once`
    )
  return undefined
}

const beyondScore = (name: string, { above, below }: Bounds): string | undefined =>
  SCORES.includes(name) && ((above && above.than >= 1) || (below && below.than <= 0))
    ? `"${name}" lies between 0 and 1`
    : undefined

const inScore = (): Bounds => ({ above: { than: 0, strict: false }, below: { than: 1, strict: false } })

function bound(bounds: Bounds, op: string, than: number): void {
  const strict = op === '>' || op === '<'
  const { above, below } = bounds
  if (op.startsWith('>') && (!above || than > above.than || (than === above.than && strict)))
    bounds.above = { than, strict }
  if (op.startsWith('<') && (!below || than < below.than || (than === below.than && strict)))
    bounds.below = { than, strict }
}

function isWithin(one: Literal, { above, below }: Bounds): boolean {
  if (typeof one !== 'number') return true
  return (
    (!above || one > above.than || (one === above.than && !above.strict)) &&
    (!below || one < below.than || (one === below.than && !below.strict))
  )
}

interface Comparison {
  readonly name: string
  readonly op: '==' | 'in' | '<' | '<=' | '>' | '>='
  readonly literals: readonly Literal[]
}

const TURNED = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** A name compared with what is written out, from either side. */
function comparisonIn(node: ASTNode): Comparison | undefined {
  if (node.op === 'in') {
    const [one, list] = node.args
    const name = nameOf(one)
    const literals = list.op === 'list' ? list.args.map(literalOf) : []
    const isWritten = literals.length > 0 && literals.every((each) => each !== undefined)
    return name !== undefined && isWritten ? { name, op: 'in', literals: literals as Literal[] } : undefined
  }
  if (!Object.hasOwn(TURNED, node.op)) return undefined
  const op = node.op as keyof typeof TURNED
  const [left, right] = node.args as readonly [ASTNode, ASTNode]
  const [leftName, rightName] = [nameOf(left), nameOf(right)]
  const [leftValue, rightValue] = [literalOf(left), literalOf(right)]
  if (leftName !== undefined && rightValue !== undefined)
    return { name: leftName, op, literals: [rightValue] }
  if (rightName !== undefined && leftValue !== undefined)
    return { name: rightName, op: TURNED[op], literals: [leftValue] }
  return undefined
}

/** `action`, `args.to`, `agent.labels.team`: the same name is the same value within one condition. */
function nameOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args
  if (node.op !== '.') return undefined
  const holder = nameOf(node.args[0])
  return holder === undefined ? undefined : `${holder}.${node.args[1]}`
}

function literalOf(node: ASTNode): Literal | undefined {
  if (node.op !== 'value') return undefined
  const { args } = node
  if (typeof args === 'bigint') return Number(args)
  return typeof args === 'string' || typeof args === 'number' || typeof args === 'boolean' ? args : undefined
}
