import { refused } from './errors.ts'
import { ok, type Result } from './result.ts'

/** One field of a question's form: flat, without patterns or references, so that checking it is bounded (ES5). */
export interface FormField {
  readonly type: 'string' | 'number' | 'integer' | 'boolean'
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly enum?: readonly (string | number)[] | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
}

/** A flat JSON Schema object: what an answer's fields are. */
export interface FormSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, FormField>>
  readonly required?: readonly string[] | undefined
}

/** What a question asks for: free text when neither choices nor a schema are given. */
export interface Form {
  readonly choices?: readonly string[] | undefined
  readonly schema?: FormSchema | undefined
}

/** A free text as an answer is at most this many UTF-16 units long. */
export const MAX_ANSWER_LENGTH = 8_192

/** Is this a fitting answer to the form (ES5)? Errors: `invalid`, with a sentence naming the field. */
export function checkAnswer(form: Form, answer: unknown): Result<unknown> {
  if (form.schema) return checkObject(form.schema, answer)
  if (typeof answer !== 'string' || answer.length === 0)
    return refused('invalid', 'The answer must be a text.')
  if (answer.length > MAX_ANSWER_LENGTH) return refused('too_large', 'The answer is too long.')
  if (form.choices && !form.choices.includes(answer))
    return refused('invalid', `The answer must be one of: ${form.choices.join(', ')}.`)
  return ok(answer)
}

function checkObject(schema: FormSchema, answer: unknown): Result<unknown> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    return refused('invalid', 'The answer must be an object with the fields of the form.')
  const given = answer as Record<string, unknown>
  for (const key of Object.keys(given))
    if (!Object.hasOwn(schema.properties, key)) return refused('invalid', `The form has no field "${key}".`)
  for (const [key, field] of Object.entries(schema.properties)) {
    if (!Object.hasOwn(given, key)) {
      if (schema.required?.includes(key)) return refused('invalid', `The field "${key}" is missing.`)
      continue
    }
    const problem = checkField(field, given[key])
    if (problem) return refused('invalid', `The field "${key}" ${problem}.`)
  }
  return ok(answer)
}

function checkField(field: FormField, value: unknown): string | undefined {
  if (field.type === 'integer' ? !Number.isSafeInteger(value) : typeof value !== field.type)
    return `must be of type ${field.type}`
  // JSON has no Infinity and no NaN; stored, they would turn into null
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must be a finite number'
  if (field.enum && !field.enum.includes(value as string | number))
    return `must be one of ${field.enum.join(', ')}`
  if (typeof value === 'number') {
    if (field.minimum !== undefined && value < field.minimum) return `must be at least ${field.minimum}`
    if (field.maximum !== undefined && value > field.maximum) return `must be at most ${field.maximum}`
  }
  if (typeof value === 'string') {
    if (value.length > (field.maxLength ?? MAX_ANSWER_LENGTH)) return 'is too long'
    if (field.minLength !== undefined && value.length < field.minLength) return 'is too short'
  }
  return undefined
}
