import type { OperatorClient } from '@holdpoint/client/operator'
import { type ApprovalView, digestOf } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { type DecisionKind, decided } from '../model/decided.ts'
import { isLive, replica } from '../state/live.ts'
import { digestSeen } from '../state/looked.ts'
import { needsForm } from '../state/needs-form.ts'
import { act } from '../state/notices.ts'
import { selected } from '../state/queue.ts'
import { session } from '../state/session.ts'

/** Several at once: denied with one reason, or approved, each on the bytes that were on this screen. */
export function BatchBar() {
  const [reason, setReason] = useState('')
  const { client } = session.value ?? {}
  const known = replica()
  if (selected.value.size === 0 || !client || !known) return null
  const chosen = [...selected.value].flatMap((id) => known.approvals.get(id) ?? [])
  // AP9: as on the card, the digest is of the bytes that were on this screen
  const ready = chosen.flatMap((view) => {
    const digest = needsForm(view) || view.held ? undefined : digestSeen(view.id, view.revision)
    return digest === undefined ? [] : [{ ...view, digest }]
  })
  const clear = () => {
    selected.value = new Set()
  }
  const all = async (
    views: typeof chosen,
    kind: DecisionKind,
    run: (view: (typeof chosen)[number], key: string) => Promise<ApprovalView>,
  ) => {
    clear()
    await Promise.all(
      views.map((view) =>
        act(
          [kind, view.id, view.revision, reason],
          (answer: ApprovalView) => decided(kind, answer),
          (key) => run(view, key),
        ),
      ),
    )
  }
  return (
    <form
      class="batch"
      aria-label="Selected"
      onSubmit={(event) => {
        event.preventDefault()
        if (reason.trim() !== '')
          void all(chosen, 'deny', (view, key) => deny(client, view, reason.trim(), key))
      }}
    >
      <strong>{selected.value.size} selected</strong>
      <button
        type="button"
        class="approve"
        disabled={ready.length === 0 || !isLive.value}
        title="Only those that you have looked at whole, and that take no more than a press"
        onClick={() => void all(ready, 'approve', (view, key) => client.approve(view, { key }))}
      >
        Approve {ready.length} looked at
      </button>
      <input
        aria-label="Reason for denying all selected"
        placeholder="reason"
        value={reason}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <button
        type="submit"
        class="deny"
        disabled={reason.trim() === '' || chosen.length === 0 || !isLive.value}
      >
        Deny {chosen.length}
      </button>
      <button type="button" class="quiet" onClick={clear}>
        Clear
      </button>
    </form>
  )
}

/** AP9: what is denied are its bytes, so they are read and their digest is made here, on the screen or not. */
async function deny(client: OperatorClient, { id, revision }: ApprovalView, reason: string, key: string) {
  const bytes = await client.approval(id)
  if (bytes.revision !== revision) throw new Error(`${bytes.action} was edited meanwhile; look at it again.`)
  return client.deny({ id, revision, digest: digestOf(bytes.canonical) }, reason, { key })
}
