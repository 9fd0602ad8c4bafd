import type { ApprovalDetail, ApprovalView } from '@holdpoint/shared'
import { type Form, form, isDeciding, whyNot, whyNotDeny } from '../state/decide.ts'
import { partSeen } from '../state/looked.ts'
import { beginApprove, needsForm } from '../state/needs-form.ts'
import { ApproveForm } from './approve-form.tsx'
import { useDerived } from './derived.ts'
import { later } from './later.tsx'
import { WordsForm } from './words-form.tsx'

interface Props {
  readonly view: ApprovalView
  /** Undefined until the bytes are here: nobody decides on what they cannot see. */
  readonly detail: ApprovalDetail | undefined
}

const EditForm = later(
  (rest) => rest.EditForm,
  (words) => <footer class="decide">{words}</footer>,
)

/** The decisions about the card above it, within reach of a thumb. */
export function DecisionBar({ view, detail }: Props) {
  const open = form.value
  const close = () => {
    form.value = undefined
  }
  const cannot = useDerived(() => whyNot(view, { release: false }), [view])
  const cannotRelease = useDerived(() => whyNot(view, { release: true }), [view])
  const cannotDeny = useDerived(() => whyNotDeny(view), [view])
  const part = partSeen(view.id, view.revision)
  const isSent = isDeciding(view.id)
  if (cannot !== undefined && open === undefined)
    return (
      <footer class="decide" data-covers>
        <p class="why-not" role="status">
          {cannot}
        </p>
      </footer>
    )
  if (detail && open === 'approve') return <ApproveForm detail={detail} onClose={close} />
  if (detail && open === 'edit') return <EditForm detail={detail} onClose={close} />
  if (detail && (open === 'deny' || open === 'respond'))
    return <WordsForm detail={detail} kind={open} onClose={close} />

  const button = (kind: Form, label: string, key: string, disabled: boolean, run?: () => void) => (
    <button
      type="button"
      class={kind}
      disabled={disabled || isSent || detail === undefined}
      aria-keyshortcuts={key}
      onClick={
        run ??
        (() => {
          form.value = kind
        })
      }
    >
      {label}{' '}
      <span class="kbd" aria-hidden="true">
        {key}
      </span>
    </button>
  )
  return (
    <footer class="decide" data-covers>
      <p class="why-not" role="status">
        {cannotDeny} {cannotRelease}
        {cannotRelease && part > 0 && part < 1 ? ` ${Math.floor(part * 100)} % has been on screen.` : ''}
      </p>
      <div class="buttons">
        {button(
          'approve',
          needsForm(view) ? 'Approve …' : 'Approve',
          'a',
          cannotRelease !== undefined,
          () => {
            if (detail) beginApprove(detail)
          },
        )}
        {button('deny', 'Deny …', 'd', cannotDeny !== undefined)}
        {button('edit', 'Edit …', 'e', cannotRelease !== undefined)}
        {button('respond', 'Respond …', 'r', cannotDeny !== undefined)}
      </div>
    </footer>
  )
}
