import type { z } from 'zod'

type Issue = Parameters<z.core.$ZodErrorMap>[0]

/** What a missing field is said to be. */
export const IS_MISSING = 'is missing'

/**
 * For every `safeParse`: what does not fit is said in our words, not in the library's. A clause to follow the field's
 * name. A message that a schema gives itself comes before it.
 */
export const inOurWords = {
  error: (issue: Issue): string => clauseOf(issue),
  // zod spreads this and then says so itself: a field that came new with that would make each of its steps slow in V8 as of Node 20
  async: false,
}

function clauseOf(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'custom') return IS_MISSING
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'undefined' ? 'must be left out here' : `must be ${kindOf(issue.expected)}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`
    case 'too_small':
      return issue.origin === 'string' && Number(issue.minimum) === 1
        ? 'must not be empty'
        : sized(issue.origin, 'at least', issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return sized(
        issue.origin,
        'at most',
        issue.inclusive === false ? 'less than' : 'at most',
        issue.maximum,
      )
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be a time like 2026-01-31T12:00:00Z'
        : 'is not written as it must be'
    case 'invalid_union':
      return anyOf(issue)
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'has a key that can not be one'
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    default:
      return 'is not what belongs there'
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

const kindOf = (expected: string): string => KINDS[expected] ?? `a ${expected}`

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`

const COUNTED: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' }

function sized(origin: string, counted: string, measured: string, bound: number | bigint): string {
  const unit = COUNTED[origin]
  return unit ? `must have ${counted} ${bound} ${unit}` : `must be ${measured} ${bound}`
}

/** What each of the forms asks for; of forms that are told apart by a field, which ones there are. */
function anyOf(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
  const clauses = issue.errors.flatMap(([first]) => (first && first.path.length === 0 ? [first.message] : []))
  if (clauses.length > 0) return [...new Set(clauses)].join(', or ')
  return options.length > 0 ? `must be ${oneOf(options)}` : 'fits none of the forms that it may have'
}
