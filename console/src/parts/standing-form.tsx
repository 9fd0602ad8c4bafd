import { useState } from 'preact/hooks'
import { neverInAdvance } from '../model/in-advance.ts'
import { isLive, policy } from '../state/live.ts'
import { act } from '../state/notices.ts'
import { session } from '../state/session.ts'
import { useBusy } from './busy.ts'
import { focused } from './focused.ts'

interface Props {
  readonly agent: string
  readonly onClose: () => void
}

/** Releases the next so many, or all until a time, of one agent's action (AP13). The server checks the predicate. */
export function StandingForm({ agent, onClose }: Props) {
  const [action, setAction] = useState('')
  const [bound, setBound] = useState<'count' | 'until'>('count')
  const [count, setCount] = useState('5')
  const [until, setUntil] = useState('')
  const [when, setWhen] = useState('')
  const [reason, setReason] = useState('')
  const [busy, begin] = useBusy()
  const known = policy.value
  const never = known && action.trim() !== '' ? neverInAdvance(known, action.trim()) : undefined
  const isBounded = bound === 'count' ? /^[1-9]\d{0,3}$/.test(count) : until !== ''
  const isReady = action.trim() !== '' && reason.trim() !== '' && isBounded && !never && isLive.value
  const send = (key: string) => {
    const { client } = session.peek() ?? {}
    if (!client) throw new Error('You are not signed in.')
    return client.issueStanding(agent, action.trim(), reason.trim(), {
      ...(when.trim() && { when: when.trim() }),
      ...(bound === 'count' ? { count: Number(count) } : { until: new Date(until).toISOString() }),
      key,
    })
  }
  return (
    <form
      class="advance"
      aria-label="Release in advance"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isReady) return
        void begin(async () => {
          const done = await act(
            ['standing', agent, action, reason, when, bound, count, until],
            `${action.trim()} by ${agent} released in advance`,
            send,
          )
          if (done) onClose()
        })
      }}
    >
      <label>
        <span>Action</span>
        <input
          ref={focused}
          list="known-actions"
          value={action}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setAction(currentTarget.value)}
        />
        <datalist id="known-actions">
          {Object.keys(known?.catalogue ?? {})
            .filter((name) => known && !neverInAdvance(known, name))
            .map((name) => (
              <option key={name} value={name} />
            ))}
        </datalist>
      </label>
      <div class="pair">
        <label>
          <span>For</span>
          <select
            value={bound}
            onChange={({ currentTarget }) => setBound(currentTarget.value as 'count' | 'until')}
          >
            <option value="count">the next so many</option>
            <option value="until">all, until a time</option>
          </select>
        </label>
        {bound === 'count' ? (
          <label>
            <span>How many</span>
            <input
              inputMode="numeric"
              value={count}
              onInput={({ currentTarget }) => setCount(currentTarget.value.trim())}
            />
          </label>
        ) : (
          <label>
            <span>Until</span>
            <input
              type="datetime-local"
              value={until}
              onInput={({ currentTarget }) => setUntil(currentTarget.value)}
            />
          </label>
        )}
      </div>
      <label>
        <span>
          Only where <span class="muted">a CEL expression, optional</span>
        </span>
        <input
          class="expression"
          placeholder='args.to.endsWith("@example.org")'
          value={when}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setWhen(currentTarget.value)}
        />
      </label>
      <label>
        <span>Why</span>
        <input
          value={reason}
          maxLength={2_000}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <p class="why-not" role="status">
        {never}
      </p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={!isReady || busy}>
          Release in advance
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  )
}
