import type { ComponentChildren } from 'preact'
import { isDeciding } from '../state/decide.ts'
import { Text } from './text.tsx'
import { Written } from './written.tsx'

interface Props {
  /** The item that it is about. */
  readonly id: string
  readonly label: string
  readonly class?: string
  /** Why it cannot be sent, as a sentence; it may quote what an agent wrote. */
  readonly cannot: string | undefined
  readonly isReady: boolean
  readonly button: string
  /** How the button looks. */
  readonly kind: string
  readonly children: ComponentChildren
  readonly onSend: () => void
  readonly onClose: () => void
}

/**
 * What every decision's form has: why it cannot be sent, the button that sends it once, and the way back. Once it is sent
 * nothing is written into it any more, and the keys are the page's again.
 */
export function DecisionForm({
  id,
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
  const isSent = isDeciding(id)
  const may = isReady && cannot === undefined && !isSent
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
      <Written isSent={isSent}>{children}</Written>
      <p class="why-not" role="status">
        {cannot === undefined ? null : <Text>{cannot}</Text>}
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
