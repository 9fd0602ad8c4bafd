import type { ArgsSchema } from '@holdpoint/shared'
import { plainOf } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { type FieldKind, typedNumber } from '../model/args-form.ts'
import { jsonText } from '../model/json-text.ts'
import { AsStored } from './as-stored.tsx'

interface Props {
  readonly id: string
  readonly kind: FieldKind
  readonly schema: ArgsSchema
  readonly value: unknown
  /** What was asked for; undefined where nothing was. */
  readonly asked?: unknown
  readonly required: boolean
  readonly isWrong: boolean
  /** Undefined: left out. */
  readonly onChange: (value: unknown) => void
}

/** One input for one value. What is optional and empty is left out. */
export function FieldInput({ id, kind, schema, value, asked, required, isWrong, onChange }: Props) {
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
        <AsStored text={value === undefined ? '' : String(value)} isUntouched={value === asked} />
      </>
    )
  }
  if (kind === 'number') return <NumberInput {...{ value, asked, said, onChange }} />
  if (kind === 'text' || kind === 'lines') {
    const text = typeof value === 'string' ? value : ''
    return (
      <>
        <textarea
          rows={rowsFor(text, kind)}
          value={text}
          {...said}
          spellcheck={false}
          onInput={({ currentTarget: { value: next } }) =>
            onChange(next === '' && !required ? undefined : next)
          }
          onKeyDown={(event) => {
            if (kind === 'lines' || event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            event.currentTarget.form?.requestSubmit()
          }}
        />
        <AsStored text={text} isUntouched={text === asked} />
      </>
    )
  }
  return <JsonInput {...{ value, required, said, onChange }} />
}

const MOST_ROWS = 12

/**
 * All of a text is in sight in its input, wrapped as far as it must be; a box of one line would cut off the end of it,
 * and drop its line breaks. Only for browsers that do not size an input by what it holds (`field-sizing`).
 */
const rowsFor = (text: string, kind: 'text' | 'lines'): number => {
  const width = kind === 'text' ? 30 : 72
  const rows = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width)), 0)
  return Math.min(MOST_ROWS, kind === 'text' ? rows : Math.max(2, rows))
}

interface TypedProps {
  readonly value: unknown
  readonly said: { readonly id: string; readonly 'aria-invalid': boolean | undefined }
  readonly onChange: (value: unknown) => void
}

/** What is typed stays as it is typed, `1.` on its way to `1.5` and what is no number included. */
function NumberInput({ value, asked, said, onChange }: TypedProps & { readonly asked: unknown }) {
  const [text, setText] = useState(value === undefined ? '' : String(value))
  return (
    <>
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
      <AsStored text={text} isUntouched={value === asked} />
    </>
  )
}

/** For what no other input is made: its JSON. While it is none the whole form cannot be sent. */
function JsonInput({ value, required, said, onChange }: TypedProps & { readonly required: boolean }) {
  const [text, setText] = useState(value === undefined ? '' : jsonText(value))
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
