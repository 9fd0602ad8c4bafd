import type { FormField, FormSchema } from '@holdpoint/shared'

/** What stands in the inputs, by field. */
export type Raw = Readonly<Record<string, string | boolean>>

/** What the inputs say, typed as the form asks for; what was left empty is left out. */
export function valuesOf(schema: FormSchema, raw: Raw): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(schema.properties)) {
    const value = typedValue(field, raw[key])
    if (value !== undefined) values[key] = value
  }
  return values
}

function typedValue(field: FormField, raw: string | boolean | undefined): unknown {
  if (field.type === 'boolean') return raw === true
  if (typeof raw !== 'string' || raw === '') return undefined
  if (field.enum) return field.enum.find((one) => String(one) === raw)
  return field.type === 'string' ? raw : Number(raw)
}
