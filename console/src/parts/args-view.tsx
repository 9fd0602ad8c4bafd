import type { ArgsSchema } from '@holdpoint/shared'
import { useMemo } from 'preact/hooks'
import { type FieldOf, type Fields, fieldsOf, isFields } from '../model/args-form.ts'
import { FieldWords } from './field-words.tsx'
import { JsonView } from './json-view.tsx'
import { Text } from './text.tsx'

interface Props {
  readonly schema: ArgsSchema
  readonly value: Fields
}

/** Deeper ones are drawn as JSON: what nests further is harder to read as a list. */
const MAX_DEPTH = 3

/**
 * Arguments under the names that policy's schema gives them: every one of them, what the schema does not know included
 * and said to be so, and what it knows and was not given. Values stand as they are stored.
 */
export function ArgsView({ schema, value }: Props) {
  return useMemo(() => <Level {...{ schema, value }} depth={1} />, [schema, value])
}

function Level({ schema, value, depth }: Props & { readonly depth: number }) {
  const known = schema.properties ?? {}
  return (
    <dl class="args">
      {fieldsOf(schema, value).map((field) => (
        <Arg
          key={field.key}
          {...{ field, depth }}
          value={Object.hasOwn(value, field.key) ? value[field.key] : undefined}
          isKnown={Object.hasOwn(known, field.key)}
        />
      ))}
    </dl>
  )
}

interface ArgProps {
  readonly field: FieldOf
  readonly value: unknown
  readonly isKnown: boolean
  readonly depth: number
}

function Arg({ field: { key, schema }, value, isKnown, depth }: ArgProps) {
  const { title } = schema as { readonly title?: string }
  return (
    <div class={value === undefined ? 'arg absent' : 'arg'}>
      <dt>
        <Text>{title ?? key}</Text>
        {title === undefined ? null : (
          <code class="muted">
            <Text>{key}</Text>
          </code>
        )}
        {isKnown ? null : <small class="stranger">not in the schema</small>}
      </dt>
      <dd>
        {value === undefined ? (
          <span class="muted">not given</span>
        ) : depth < MAX_DEPTH && isFields(value) && schema.properties !== undefined && isKnown ? (
          <Level schema={schema} value={value} depth={depth + 1} />
        ) : (
          <JsonView value={value} />
        )}
        <FieldWords schema={schema} />
      </dd>
    </div>
  )
}
