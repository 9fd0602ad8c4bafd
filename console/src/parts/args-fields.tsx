import type { ArgsSchema, Misfit } from '@holdpoint/shared'
import { useId } from 'preact/hooks'
import {
  blankOf,
  type FieldOf,
  type Fields,
  fieldsOf,
  isChanged,
  isFields,
  kindOf,
  withField,
  withItem,
} from '../model/args-form.ts'
import { FieldInput } from './field-input.tsx'
import { FieldWords } from './field-words.tsx'
import { Text } from './text.tsx'

interface Props {
  readonly schema: ArgsSchema
  readonly value: Fields
  /** What was asked for, to mark what was changed; undefined where nothing was. */
  readonly asked?: unknown
  readonly misfit?: Misfit | undefined
  readonly path?: readonly (string | number)[]
  readonly onChange: (value: Fields) => void
}

/**
 * Inputs for an object, made from its JSON Schema: every field that it has or may have, so that nothing of it is out of
 * sight. Titles and descriptions are written by others: text, nothing more.
 */
export function ArgsFields({ schema, value, asked, misfit, path = [], onChange }: Props) {
  return (
    <div class="fields">
      {fieldsOf(schema, value).map((field) => (
        <Field
          key={field.key}
          field={field}
          value={Object.hasOwn(value, field.key) ? value[field.key] : undefined}
          asked={isFields(asked) && Object.hasOwn(asked, field.key) ? asked[field.key] : undefined}
          marks={asked !== undefined}
          misfit={misfit}
          path={[...path, field.key]}
          onChange={(next) => onChange(withField(value, field.key, next))}
        />
      ))}
    </div>
  )
}

interface FieldProps {
  readonly field: FieldOf
  readonly value: unknown
  readonly asked: unknown
  readonly marks: boolean
  readonly misfit: Misfit | undefined
  readonly path: readonly (string | number)[]
  readonly onChange: (value: unknown) => void
}

function Field({
  field: { key, schema, required },
  value,
  asked,
  marks,
  misfit,
  path,
  onChange,
}: FieldProps) {
  const id = useId()
  const kind = kindOf(schema, value, path.length)
  const wrong = misfit && isAt(misfit, path) ? misfit.message : undefined
  const head = (
    <>
      <Text>{titleOf(schema) ?? key}</Text>
      {required ? null : <span class="muted"> optional</span>}
    </>
  )
  const edited = marks && isChanged(asked, value) ? <span class="changed">edited</span> : null
  const below = (
    <div id={`${id}-more`} class="field-more">
      <FieldWords schema={schema} offered />
      {wrong === undefined ? null : (
        <small class="wrong">
          <Text>{wrong}</Text>
        </small>
      )}
    </div>
  )
  if (kind === 'object' && isFields(value))
    return (
      <fieldset class="group">
        <legend>{head}</legend>
        {edited}
        {below}
        <ArgsFields
          {...{ schema, value, misfit, path, onChange }}
          asked={marks ? (asked ?? {}) : undefined}
        />
      </fieldset>
    )
  if (kind === 'list' && Array.isArray(value))
    return (
      <fieldset class="group">
        <legend>{head}</legend>
        {edited}
        {below}
        <Items {...{ schema, value, asked, marks, misfit, path, onChange }} />
      </fieldset>
    )
  return (
    <div class="field" data-kind={kind}>
      <div class="field-head">
        <label htmlFor={id}>{head}</label>
        {edited}
      </div>
      <FieldInput {...{ id, kind, schema, value, asked, required, onChange }} isWrong={wrong !== undefined} />
      {below}
    </div>
  )
}

function Items({
  schema,
  value,
  asked,
  marks,
  misfit,
  path,
  onChange,
}: Omit<FieldProps, 'field' | 'value'> & {
  readonly schema: ArgsSchema
  readonly value: readonly unknown[]
}) {
  const items = isFields(schema.items) ? (schema.items as ArgsSchema) : {}
  return (
    <>
      {value.map((one, at) => (
        <div key={`${at} of ${value.length}`} class="item">
          <Field
            field={{ key: `${at + 1}`, schema: items, required: true }}
            value={one}
            asked={Array.isArray(asked) ? asked[at] : undefined}
            marks={marks}
            misfit={misfit}
            path={[...path, at]}
            onChange={(next) => onChange(withItem(value, at, next ?? ''))}
          />
          <button
            type="button"
            class="quiet"
            aria-label={`Remove item ${at + 1}`}
            onClick={() => onChange(withItem(value, at, undefined))}
          >
            ✕
          </button>
        </div>
      ))}
      <button type="button" class="quiet" onClick={() => onChange([...value, blankOf(items)])}>
        Add one
      </button>
    </>
  )
}

const titleOf = (schema: ArgsSchema): string | undefined => (schema as { readonly title?: string }).title

const isAt = ({ path }: Misfit, at: readonly (string | number)[]): boolean =>
  path.length === at.length && path.every((step, index) => step === at[index])
