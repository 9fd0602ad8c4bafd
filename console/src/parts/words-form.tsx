import type { ApprovalDetail } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { deciding, deny, respond, whyNot } from '../state/decide.ts'
import { focused } from './focused.ts'

interface Props {
  readonly detail: ApprovalDetail
  readonly kind: 'deny' | 'respond'
  readonly onClose: () => void
}

const WORDS = {
  deny: { label: 'Why not? The agent is told this reason.', button: 'Deny', most: 2_000 },
  respond: { label: 'Tell the agent this instead of running it', button: 'Send', most: 8_192 },
} as const

/** Denying always gives a reason; responding is a message instead of running it (AP4). */
export function WordsForm({ detail, kind, onClose }: Props) {
  const [text, setText] = useState('')
  const { label, button, most } = WORDS[kind]
  const cannot = whyNot(detail, { release: false })
  const isReady = text.trim() !== '' && cannot === undefined && !deciding.value
  const send = () => {
    if (isReady) void (kind === 'deny' ? deny : respond)(detail, text.trim())
  }
  return (
    <form
      class="decide form"
      data-covers
      aria-label={`${button}: ${detail.action}`}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <label>
        <span>{label}</span>
        <textarea
          ref={focused}
          rows={3}
          required
          maxLength={most}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            send()
          }}
        />
      </label>
      <p class="why-not" role="status">
        {cannot}
      </p>
      <div class="buttons">
        <button type="submit" class={kind} disabled={!isReady}>
          {button}{' '}
          <span class="kbd" aria-hidden="true">
            ⏎
          </span>
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
