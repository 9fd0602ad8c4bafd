import type { Result } from '../result.ts'
import { compileCondition } from './cel/compile.ts'
import { Meter } from './cel/meter.ts'
import { variablesOf } from './cel/variables.ts'
import type { Inquiry } from './inquiry.ts'
import type { ActionClass } from './words.ts'

/** As many as one tenant's standing grants are likely to have at once. */
const MAX_KEPT = 200
const compiled = new Map<string, ReturnType<typeof compileCondition>>()

/** A CEL expression over the variables of a rule, parsed and checked. Errors: `invalid`, with where it is wrong. */
export function checkCondition(source: string): ReturnType<typeof compileCondition> {
  const known = compiled.get(source)
  if (known) return known
  const condition = compileCondition(source)
  if (compiled.size >= MAX_KEPT) compiled.clear()
  compiled.set(source, condition)
  return condition
}

/** Whether it holds of one action. Bounded in steps. Errors: `invalid`, where it has no answer: it does not hold then. */
export function conditionHolds(source: string, inquiry: Inquiry, kind: ActionClass): Result<boolean> {
  const condition = checkCondition(source)
  return condition.ok ? condition.value.evaluate(variablesOf(inquiry, kind), new Meter()) : condition
}
