import type { ApprovalDetail } from '@holdpoint/shared'
import { deny, respond, whyNot } from '../state/decide.ts'
import { useDraft } from '../state/drafts.ts'
import { DecisionForm } from './decision-form.tsx'
import { focused } from './focused.ts'
import { sendOnEnter } from './send-on-enter.ts'

interface Props {
  readonly detail: ApprovalDetail
  readonly kind: 'deny' | 'respond'
  readonly onClose: () => void
}

const WORDS = {
  deny: {
    what: 'Why not',
    label: 'Why not? The agent is told this reason.',
    button: 'Deny',
    most: 2_000,
  },
  respond: {
    what: 'To be told instead',
    label: 'Tell the agent this instead of running it',
    button: 'Send',
    most: 8_192,
  },
} as const

/** Denying always gives a reason; responding is a message instead of running it (AP4). */
export function WordsForm({ detail, kind, onClose }: Props) {
  const { what, label, button, most } = WORDS[kind]
  const [text, setText] = useDraft(detail.id, what, '')
  return (
    <DecisionForm
      id={detail.id}
      label={`${button}: ${detail.action}`}
      cannot={whyNot(detail, { release: false })}
      isReady={text.trim() !== ''}
      button={button}
      kind={kind}
      onSend={() => void (kind === 'deny' ? deny : respond)(detail, text.trim())}
      onClose={onClose}
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
          onKeyDown={sendOnEnter}
        />
      </label>
    </DecisionForm>
  )
}
