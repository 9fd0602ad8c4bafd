import { Meter, OutOfSteps } from '../cel/meter.ts'
import type { ArgsSchema } from './keywords.ts'
import { type Misfit, misfit } from './validate.ts'

/** Patterns are the server's business: their engine is larger than all else that checking takes. */
const anyText = { test: () => true, stepsToTest: () => 0 }

/**
 * The first place where arguments do not fit the schema that an active policy has for them, but for its patterns. For
 * forms, to say so while somebody writes; what counts is the server's check.
 */
export function apparentMisfit(schema: ArgsSchema, args: unknown): Misfit | undefined {
  try {
    return misfit(schema, args, { meter: new Meter(), pattern: () => anyText })
  } catch (error) {
    if (error instanceof OutOfSteps) return undefined
    throw error
  }
}
