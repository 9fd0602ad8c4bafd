import type { ArgsSchema } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { type FieldKind, typedNumber } from '../model/args-form.ts'
import { isRightToLeft } from '../model/lookalikes.ts'
import { piecesOf, plainOf } from '../model/pieces.ts'
import { Text } from './text.tsx'

interface Props {
  readonly id: string
  readonly kind: FieldKind
  readonly schema: ArgsSchema
  readonly value: unknown
  readonly required: boolean
  readonly isWrong: boolean
  /** Undefined: left out. */
  readonly onChange: (value: unknown) => void
}

/** One input for one value. What is optional and empty is left out. */
export function FieldInput({ id, kind, schema, value, required, isWrong, onChange }: Props) {
  const said = { id, 'aria-describedby': `${id}-more`, 'aria-invalid': isWrong ? true : undefined }
  if (kind === 'boolean')
    return (
      <input
        {...said}
        type="checkbox"
        checked={value === true}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    )
  if (kind === 'choice') {
    const all = schema.enum ?? []
    return (
      <>
        <select
          value={value === undefined ? '' : String(value)}
          {...said}
          onChange={({ currentTarget }) => onChange(all.find((one) => String(one) === currentTarget.value))}
        >
          {value === undefined || !required || !all.includes(value) ? (
            <option value={all.includes(value) || value === undefined ? '' : String(value)}>
              {value === undefined || all.includes(value) ? '' : plainOf(String(value))}
            </option>
          ) : null}
          {all.map((one) => (
            <option key={String(one)} value={String(one)}>
              {plainOf(String(one))}
            </option>
          ))}
        </select>
        <AsStored text={value === undefined ? '' : String(value)} />
      </>
    )
  }
  if (kind === 'number') return <NumberInput {...{ value, said, onChange }} />
  if (kind === 'text' || kind === 'lines') {
    const text = typeof value === 'string' ? value : ''
    const change = (next: string) => onChange(next === '' && !required ? undefined : next)
    return (
      <>
        {kind === 'text' ? (
          <input
            value={text}
            {...said}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => change(currentTarget.value)}
          />
        ) : (
          <textarea
            rows={Math.min(8, 2 + Math.floor(text.length / 72) + (text.split('\n').length - 1))}
            value={text}
            {...said}
            spellcheck={false}
            onInput={({ currentTarget }) => change(currentTarget.value)}
          />
        )}
        <AsStored text={text} />
      </>
    )
  }
  return <JsonInput {...{ value, required, said, onChange }} />
}

/** An input draws no marks, and reorders: where a text holds what hides or pretends, it is shown once more as stored. */
function AsStored({ text }: { readonly text: string }) {
  const isMarked =
    isRightToLeft(text) || piecesOf(text).some(({ mark }) => mark?.kind === 'hidden' || mark?.kind === 'twin')
  return isMarked ? (
    <small class="as-it-is">
      <Text lines>{text}</Text>
    </small>
  ) : null
}

interface TypedProps {
  readonly value: unknown
  readonly said: { readonly id: string; readonly 'aria-invalid': boolean | undefined }
  readonly onChange: (value: unknown) => void
}

/** What is typed stays as it is typed, `1.` on its way to `1.5` and what is no number included. */
function NumberInput({ value, said, onChange }: TypedProps) {
  const [text, setText] = useState(value === undefined ? '' : String(value))
  return (
    <input
      class="number"
      inputMode="decimal"
      autocomplete="off"
      value={text}
      {...said}
      onInput={({ currentTarget }) => {
        const typed = currentTarget.value.trim()
        setText(currentTarget.value)
        onChange(typed === '' ? undefined : typedNumber(typed))
      }}
    />
  )
}

/** For what no other input is made: its JSON. While it is none the whole form cannot be sent. */
function JsonInput({ value, required, said, onChange }: TypedProps & { readonly required: boolean }) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2))
  const [isJson, setIsJson] = useState(true)
  return (
    <textarea
      ref={(element) => element?.setCustomValidity(isJson ? '' : 'This is not JSON.')}
      class="code"
      rows={Math.min(10, text.split('\n').length)}
      spellcheck={false}
      placeholder={required ? 'JSON' : 'JSON, or nothing'}
      value={text}
      {...said}
      aria-invalid={said['aria-invalid'] ?? (isJson ? undefined : true)}
      onInput={({ currentTarget }) => {
        setText(currentTarget.value)
        const typed = currentTarget.value.trim()
        try {
          onChange(typed === '' ? undefined : JSON.parse(typed))
          setIsJson(true)
        } catch {
          setIsJson(false)
        }
      }}
    />
  )
}
