import { useState } from 'preact/hooks'
import { grouped } from '../model/together.ts'
import { approveAll, deniable, denyAll, releasable } from '../state/batch.ts'
import { replica } from '../state/live.ts'
import { selected } from '../state/queue.ts'

/** Several at once: denied with one reason, or approved, each on the bytes that were on this screen. */
export function BatchBar() {
  const [reason, setReason] = useState('')
  const known = replica()
  if (selected.value.size === 0 || !known) return null
  const chosen = [...selected.value].flatMap((id) => known.approvals.get(id) ?? [])
  const tickets = [...selected.value].flatMap((id) => known.tickets.get(id) ?? [])
  const { ready, leftOut } = releasable(chosen, tickets)
  const toDeny = deniable(chosen)
  return (
    <form
      class="batch"
      aria-label="Selected"
      onSubmit={(event) => {
        event.preventDefault()
        if (reason.trim() === '') return
        void denyAll(toDeny, reason.trim())
        setReason('')
      }}
    >
      <strong>{selected.value.size} selected</strong>
      <button
        type="button"
        class="approve"
        disabled={ready.length === 0}
        onClick={() => void approveAll(ready)}
      >
        Approve {ready.length} looked at
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          selected.value = new Set()
          setReason('')
        }}
      >
        Clear
      </button>
      <input
        aria-label="Reason for denying all selected"
        placeholder="reason, to deny them"
        value={reason}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <button type="submit" class="deny" disabled={reason.trim() === '' || toDeny.length === 0}>
        Deny {toDeny.length}
      </button>
      {leftOut.length === 0 ? null : (
        <div class="left-out">
          <p>Not approved with one press:</p>
          <ul aria-label="Not approved with one press">
            {grouped(leftOut).map(({ why, names }) => (
              <li key={why}>
                <strong>{names}</strong> {why}
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  )
}
