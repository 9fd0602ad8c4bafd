import { focused } from './focused.ts'

interface Props {
  readonly label: string
  readonly value: string
  /** Takes the focus when it appears. */
  readonly takesFocus?: boolean
  /** Takes a recovery code too, which is longer and has letters. */
  readonly orRecovery?: boolean
  readonly onCode: (code: string) => void
}

/** A one-time code, typed, pasted or filled in by the browser; apps show it with a space in the middle. */
export function CodeField({ label, value, takesFocus, orRecovery, onCode }: Props) {
  return (
    <label>
      <span>{label}</span>
      <input
        {...(takesFocus && { ref: focused })}
        class="code"
        value={value}
        inputMode={orRecovery ? 'text' : 'numeric'}
        autocomplete="one-time-code"
        maxLength={orRecovery ? 64 : 7}
        onInput={({ currentTarget }) => onCode(currentTarget.value.replaceAll(' ', ''))}
      />
    </label>
  )
}
