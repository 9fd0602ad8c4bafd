import { type Refusal, refusal } from './errors.ts'

/** AP10: how deep arguments may nest. */
export const MAX_DEPTH = 64

/** A value at its place, for the walk below. */
interface Place {
  readonly value: unknown
  readonly path: string
  readonly depth: number
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * Is this plain JSON that every reader would read alike (AP10, ID4)? Answers with the first problem found.
 * Refused: depth over `maxDepth`, numbers that JSON readers would round or can not hold, lone surrogates,
 * `__proto__` as a key, binary, and anything that is not plain JSON.
 * Walks with its own stack: a value nested 20,000 deep must not overflow ours.
 */
export function checkJson(root: unknown, maxDepth = MAX_DEPTH): Refusal | undefined {
  const stack: Place[] = [{ value: root, path: '', depth: 0 }]
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const problem = checkOne(place, maxDepth, stack)
    if (problem) {
      const path = place.path.slice(0, 200)
      // whoever reads only the sentence finds the place as well
      const where = path === '' ? '' : ` It is at ${path}.`
      return refusal(problem.code, `${problem.message}${where}`, { path: path || '/' })
    }
  }
  return undefined
}

type Problem = { readonly code: 'invalid' | 'too_large'; readonly message: string }
const invalid = (message: string): Problem => ({ code: 'invalid', message })

function checkOne({ value, path, depth }: Place, maxDepth: number, stack: Place[]): Problem | undefined {
  switch (typeof value) {
    case 'string':
      return LONE_SURROGATE.test(value)
        ? invalid('A text has half of a surrogate pair; send valid Unicode.')
        : undefined
    case 'number':
      return checkNumber(value)
    case 'boolean':
      return undefined
    case 'object':
      break
    default:
      return invalid(
        value === undefined
          ? 'A value of type undefined is not JSON: leave it out, or send null.'
          : `A value of type ${typeof value} is not JSON.`,
      )
  }
  if (value === null) return undefined
  if (depth >= maxDepth)
    return { code: 'too_large', message: `The value nests deeper than ${maxDepth} levels.` }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++)
      stack.push({ value: value[i], path: `${path}/${i}`, depth: depth + 1 })
    return undefined
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return invalid('Binary data and class instances are not JSON.')
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return invalid('A key named __proto__ is refused.')
    if (LONE_SURROGATE.test(key)) return invalid('A key has half of a surrogate pair; send valid Unicode.')
    stack.push({ value: (value as Record<string, unknown>)[key], path: `${path}/${key}`, depth: depth + 1 })
  }
  return undefined
}

function checkNumber(value: number): Problem | undefined {
  if (!Number.isFinite(value)) return invalid('A number is too large for a JSON reader; send it as a text.')
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return invalid('A whole number beyond 2^53 would be rounded by JSON readers; send it as a text.')
  return undefined
}
