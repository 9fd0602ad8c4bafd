import type { FormField, FormSchema } from '@holdpoint/shared'
import type { Raw } from '../model/form-values.ts'
import { Text } from './text.tsx'

interface Props {
  readonly schema: FormSchema
  readonly raw: Raw
  readonly onChange: (raw: Raw) => void
}

/** One input for each field of a flat JSON Schema (ES5). Titles and descriptions are the agent's: text, nothing more. */
export function SchemaFields({ schema, raw, onChange }: Props) {
  return (
    <>
      {Object.entries(schema.properties).map(([key, field]) => (
        <label key={key} class={field.type === 'boolean' ? 'check' : ''}>
          <span>
            <Text>{field.title ?? key}</Text>
            {schema.required?.includes(key) ? null : <span class="muted"> optional</span>}
          </span>
          {field.description === undefined ? null : (
            <small class="muted">
              <Text>{field.description}</Text>
            </small>
          )}
          <Field
            field={field}
            value={raw[key]}
            required={schema.required?.includes(key) ?? false}
            onChange={(value) => onChange({ ...raw, [key]: value })}
          />
        </label>
      ))}
    </>
  )
}

interface FieldProps {
  readonly field: FormField
  readonly value: string | boolean | undefined
  readonly required: boolean
  readonly onChange: (value: string | boolean) => void
}

function Field({ field, value, required, onChange }: FieldProps) {
  if (field.type === 'boolean')
    return (
      <input
        type="checkbox"
        checked={value === true}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    )
  const text = typeof value === 'string' ? value : ''
  if (field.enum)
    return (
      <select
        value={text}
        required={required}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        <option value="" />
        {field.enum.map((one) => (
          <option key={one} value={String(one)}>
            {String(one)}
          </option>
        ))}
      </select>
    )
  if (field.type === 'string')
    return (
      <input
        value={text}
        required={required}
        minLength={field.minLength}
        maxLength={field.maxLength}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    )
  return (
    <input
      type="number"
      value={text}
      required={required}
      step={field.type === 'integer' ? 1 : 'any'}
      min={field.minimum}
      max={field.maximum}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}
