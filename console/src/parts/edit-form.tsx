import { type ApprovalDetail, canonicalAction } from '@holdpoint/shared'
import { useMemo, useState } from 'preact/hooks'
import { differences } from '../model/diff.ts'
import { approve, deciding, whyNot } from '../state/decide.ts'
import { needsForm } from '../state/needs-form.ts'
import { ApproveForm } from './approve-form.tsx'
import { DifferenceList } from './difference-list.tsx'
import { focused } from './focused.ts'

interface Props {
  readonly detail: ApprovalDetail
  readonly onClose: () => void
}

/** Edits the arguments as JSON, and shows what would run instead of what was asked for before it is released (AP4). */
export function EditForm({ detail, onClose }: Props) {
  const { action, args } = useMemo(
    () => JSON.parse(detail.canonical) as { action: string; args: unknown },
    [detail.canonical],
  )
  const [text, setText] = useState(() => JSON.stringify(args, null, 2))
  const [confirming, setConfirming] = useState(false)
  const edited = useMemo(() => read(action, text), [action, text])
  const all = edited.ok ? differences(args, edited.args) : []
  const cannot = whyNot(detail, { release: true })
  const isReady = edited.ok && all.length > 0 && cannot === undefined && !deciding.value
  if (confirming && edited.ok)
    return <ApproveForm detail={detail} args={edited.args} onClose={() => setConfirming(false)} />
  return (
    <form
      class="decide form edit"
      data-covers
      aria-label={`Edit ${detail.action}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isReady) return
        if (needsForm(detail)) setConfirming(true)
        else void approve(detail, { args: edited.args })
      }}
    >
      <label>
        <span>Arguments, as JSON</span>
        <textarea
          ref={focused}
          class="code"
          rows={Math.min(14, text.split('\n').length + 1)}
          spellcheck={false}
          value={text}
          aria-invalid={!edited.ok}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <p class="why-not" role="status">
        {cannot ?? (edited.ok ? '' : edited.problem)}
      </p>
      {edited.ok ? <DifferenceList all={all} /> : null}
      <div class="buttons">
        <button type="submit" class="approve" disabled={!isReady}>
          Approve with these edits
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

type Edited = { readonly ok: true; readonly args: unknown } | { readonly ok: false; readonly problem: string }

/** As strict as the server will be (AP10). */
function read(action: string, text: string): Edited {
  let args: unknown
  try {
    args = JSON.parse(text)
  } catch (error) {
    return { ok: false, problem: `Not JSON: ${error instanceof Error ? error.message : ''}` }
  }
  const canonical = canonicalAction(action, args)
  return canonical.ok ? { ok: true, args } : { ok: false, problem: canonical.error.message }
}
