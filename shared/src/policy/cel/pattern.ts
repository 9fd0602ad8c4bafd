import { RE2JS } from 're2js'
import { refused } from '../../errors.ts'
import { ok, type Result } from '../../result.ts'
import type { Pattern } from './interpret.ts'

const MAX_PATTERN = 500
/** Instructions of the compiled pattern; a counted repetition multiplies them. */
const MAX_PROGRAM = 500
/** Of one test, however short the text. */
const CALL_STEPS = 20
/** What one step of the meter pays for, in instructions. */
const INSTRUCTIONS_PER_STEP = 8

/**
 * A regular expression in RE2's syntax, of an engine that never backtracks: what it takes is bounded by the length of
 * the text times the size of the pattern. Errors: `invalid`, a clause.
 */
export function compilePattern(source: string): Result<Pattern> {
  if (source.length > MAX_PATTERN) return refused('invalid', `a pattern may have ${MAX_PATTERN} characters`)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(source)
  } catch (error) {
    return refused('invalid', `it is no regular expression (RE2): ${(error as Error).message}`)
  }
  const size = compiled.programSize()
  if (size > MAX_PROGRAM) return refused('invalid', 'the pattern is too large; repeat less in it')
  return ok({
    test: (text) => compiled.test(text),
    stepsToTest: ({ length }) => CALL_STEPS + (length * Math.max(1, size)) / INSTRUCTIONS_PER_STEP,
  })
}
