import type { ApprovalDetail, PersonView } from '@holdpoint/shared'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { differences } from '../model/diff.ts'
import { isGrave, targetOf } from '../model/risk.ts'
import { approve, whyNot } from '../state/decide.ts'
import { needsFactor } from '../state/needs-form.ts'
import { session } from '../state/session.ts'
import { CodeField } from './code-field.tsx'
import { DecisionForm } from './decision-form.tsx'
import { DifferenceList } from './difference-list.tsx'
import { focused } from './focused.ts'

interface Props {
  readonly detail: ApprovalDetail
  /** Edited arguments, where there are any. */
  readonly args?: unknown
  readonly onClose: () => void
}

/** Releases something grave: its target is typed, and the second factor given where the level asks for one. */
export function ApproveForm({ detail, args, onClose }: Props) {
  const [typed, setTyped] = useState('')
  const [totp, setTotp] = useState('')
  const [note, setNote] = useState('')
  const factor = needsFactor(detail, args)
  const isCode = /^\d{6}$/.test(totp.trim())
  const noFactor = useNoFactor(factor, isCode)
  const asked = useMemo(() => (JSON.parse(detail.canonical) as { args: unknown }).args, [detail.canonical])
  // of what would run: where it was edited, the edit's
  const target = targetOf(detail.action, args ?? asked)
  const isReady = (!isGrave(detail) || typed.trim() === target) && (!factor || isCode)
  return (
    <DecisionForm
      id={detail.id}
      label={`Approve ${detail.action}`}
      cannot={whyNot(detail, { release: true }) ?? noFactor}
      isReady={isReady}
      button={args === undefined ? 'Approve' : 'Approve with these edits'}
      kind="approve"
      onSend={() =>
        void approve(detail, {
          args,
          ...(note.trim() && { note: note.trim() }),
          ...(factor && { totp: totp.trim() }),
        })
      }
      onClose={onClose}
    >
      {args === undefined ? null : <DifferenceList all={differences(asked, args)} />}
      {isGrave(detail) ? (
        <label>
          <span>
            Type <code>{target}</code> to release it
          </span>
          <input
            ref={focused}
            value={typed}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
      ) : null}
      {factor ? <CodeField label="Six digits of your second factor" value={totp} onCode={setTotp} /> : null}
      <label>
        <span>
          Note <span class="muted">optional</span>
        </span>
        <input value={note} maxLength={2_000} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
    </DecisionForm>
  )
}

/**
 * Where a second factor is needed: why this person has none to give, before they have typed everything else. They may get
 * one in another tab: it is asked again as they come back, and as they type its code.
 */
function useNoFactor(isNeeded: boolean, isTyped: boolean): string | undefined {
  const [words, setWords] = useState<string>()
  useEffect(() => {
    if (!isNeeded) return
    let isOver = false
    const ask = () =>
      session
        .peek()
        ?.client.me()
        .then(
          ({ person }) => isOver || setWords(whyNoFactor(person)),
          () => {}, // the server says so where it is sent
        )
    void ask()
    addEventListener('focus', ask)
    return () => {
      isOver = true
      removeEventListener('focus', ask)
    }
  }, [isNeeded, isTyped])
  return isNeeded ? words : undefined
}

function whyNoFactor(person: PersonView | undefined): string | undefined {
  if (!person) return 'You are not registered, and so have no second factor: ask an admin to add you.'
  return person.factor?.enrolled
    ? undefined
    : 'You have no second factor yet: get one in Settings. This goes on waiting.'
}
