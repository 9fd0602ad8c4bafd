import type { ComponentChildren } from 'preact'
import { deciding } from '../state/decide.ts'

interface Props {
  readonly label: string
  readonly class?: string
  /** Why it cannot be sent, as a sentence. */
  readonly cannot: string | undefined
  readonly isReady: boolean
  readonly button: string
  /** How the button looks. */
  readonly kind: string
  readonly children: ComponentChildren
  readonly onSend: () => void
  readonly onClose: () => void
}

/** What every decision's form has: why it cannot be sent, the button that sends it once, and the way back. */
export function DecisionForm({
  label,
  cannot,
  isReady,
  button,
  kind,
  children,
  onSend,
  onClose,
  ...more
}: Props) {
  const may = isReady && cannot === undefined && !deciding.value
  return (
    <form
      class={`decide form ${more.class ?? ''}`}
      data-covers
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault()
        if (may) onSend()
      }}
    >
      {children}
      <p class="why-not" role="status">
        {cannot}
      </p>
      <div class="buttons">
        <button type="submit" class={kind} disabled={!may}>
          {button}
        </button>
        <button type="button" onClick={onClose}>
          Cancel{' '}
          <span class="kbd" aria-hidden="true">
            esc
          </span>
        </button>
      </div>
    </form>
  )
}
