import { focused } from './focused.ts'

interface Props {
  readonly label: string
  readonly value: string
  /** Takes the focus when it appears. */
  readonly takesFocus?: boolean
  readonly onCode: (code: string) => void
}

/** A one-time code, typed, pasted or filled in by the browser; apps show it with a space in the middle. */
export function CodeField({ label, value, takesFocus, onCode }: Props) {
  return (
    <label>
      <span>{label}</span>
      <input
        {...(takesFocus && { ref: focused })}
        class="code"
        value={value}
        inputMode="numeric"
        autocomplete="one-time-code"
        maxLength={7}
        onInput={({ currentTarget }) => onCode(currentTarget.value.replaceAll(' ', ''))}
      />
    </label>
  )
}
