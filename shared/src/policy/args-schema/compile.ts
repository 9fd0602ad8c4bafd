import { refused } from '../../errors.ts'
import { ok, type Result } from '../../result.ts'
import { inOurWords } from '../../schema-words.ts'
import type { Pattern } from '../cel/interpret.ts'
import { type Meter, OutOfSteps } from '../cel/meter.ts'
import { compilePattern } from '../cel/pattern.ts'
import { type ArgsSchema, argsSchema } from './keywords.ts'
import { type Misfit, misfit } from './validate.ts'

/** A schema of arguments, checked, its patterns compiled. */
export interface ArgsCheck {
  /** The first misfit, or undefined. What is too much to check does not fit. */
  check(args: unknown, meter: Meter): Misfit | undefined
}

/** Errors: `invalid` with `details.mistakes`, each `{ path, message }`. */
export function compileArgsSchema(given: unknown): Result<ArgsCheck> {
  const parsed = argsSchema.safeParse(given, inOurWords)
  if (!parsed.success) return wrong(parsed.error.issues.flatMap(mistakesOf))
  const patterns = new Map<string, Pattern>()
  const mistakes = compilePatterns(parsed.data, patterns, [])
  if (mistakes.length > 0) return wrong(mistakes)
  return ok({
    check(args, meter) {
      try {
        return misfit(parsed.data, args, { meter, pattern: (source) => patterns.get(source) })
      } catch (error) {
        if (error instanceof OutOfSteps) return { path: [], message: `can't be checked: ${error.message}` }
        throw error
      }
    },
  })
}

const wrong = (mistakes: readonly Misfit[]) => refused('invalid', undefined, { mistakes })

interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
  readonly errors?: readonly (readonly Issue[])[]
}

/** Of a union, what is wrong within the one that was meant says more: it is of the given type at least. */
function mistakesOf(issue: Issue): readonly Misfit[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: `"${key}" is not supported here`,
      atKey: true,
    }))
  const inner = issue.errors?.find((one) => !one.some(isOtherType)) ?? issue.errors?.at(-1)
  if (issue.code === 'invalid_union' && inner && inner.length > 0)
    return inner.flatMap(mistakesOf).map((one) => ({ ...one, path: [...path, ...one.path] }))
  return [{ path, message: issue.message }]
}

const isOtherType = ({ code, path }: Issue): boolean => code === 'invalid_type' && path.length === 0

type Path = readonly (string | number)[]

function compilePatterns(
  schema: ArgsSchema | boolean | undefined,
  patterns: Map<string, Pattern>,
  path: Path,
): readonly Misfit[] {
  if (typeof schema !== 'object') return []
  const own = schema.pattern === undefined ? [] : compileOne(schema.pattern, patterns, [...path, 'pattern'])
  const lists = (['anyOf', 'oneOf', 'allOf'] as const).flatMap((key) =>
    (schema[key] ?? []).flatMap((one, at) => compilePatterns(one, patterns, [...path, key, at])),
  )
  const single = (['items', 'additionalProperties', 'not'] as const).flatMap((key) =>
    compilePatterns(schema[key], patterns, [...path, key]),
  )
  const fields = Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
    compilePatterns(one, patterns, [...path, 'properties', key]),
  )
  return [...own, ...lists, ...single, ...fields]
}

function compileOne(source: string, patterns: Map<string, Pattern>, path: Path): readonly Misfit[] {
  const compiled = compilePattern(source)
  if (!compiled.ok) return [{ path, message: compiled.error.message }]
  patterns.set(source, compiled.value)
  return []
}
