import type { ArgsSchema } from '@holdpoint/shared'
import { hintsOf } from '../model/args-form.ts'
import { Text } from './text.tsx'

interface Props {
  readonly schema: ArgsSchema
  /** Its choices are offered beside, and need not be named. */
  readonly offered?: boolean
}

/** What a schema says of one value: its description, what may be chosen, and the bounds of it. */
export function FieldWords({ schema, offered = false }: Props) {
  const { description } = schema as { readonly description?: string }
  const hints = hintsOf(offered ? { ...schema, enum: undefined } : schema)
  const words = [
    ...(description === undefined ? [] : [description]),
    ...(hints.length > 0 ? [hints.join(', ')] : []),
  ]
  if (words.length === 0) return null
  return (
    <small class="muted">
      {words.map((one, at) => (
        <span key={at}>
          {at > 0 ? ' · ' : ''}
          <Text>{one}</Text>
        </span>
      ))}
    </small>
  )
}
