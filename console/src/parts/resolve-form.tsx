import type { TicketView } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { forgetDrafts, useDraft } from '../state/drafts.ts'
import { isLive } from '../state/live.ts'
import { aboutTicket, act } from '../state/notices.ts'
import { session } from '../state/session.ts'
import { useBusy } from './busy.ts'
import { sendOnEnter } from './send-on-enter.ts'
import { Written } from './written.tsx'

/** Resolves a ticket; an action given along is advice, and doing it goes through policy like anything else (ES3). */
export function ResolveForm({ view }: { readonly view: TicketView }) {
  const { client } = session.value ?? {}
  const [resolution, setResolution] = useDraft(view.id, 'What came of it', '')
  const [action, setAction] = useDraft(view.id, 'Action for the agent', '')
  const [args, setArgs] = useDraft(view.id, 'Its arguments', '{}')
  const [advising, setAdvising] = useState(action !== '' || args !== '{}')
  const [problem, setProblem] = useState<string>()
  const [busy, begin] = useBusy()
  const send = () => {
    const words = resolution.trim() === '' ? {} : { resolution: resolution.trim() }
    let advice = {}
    try {
      if (advising) advice = { action: { action: action.trim(), args: JSON.parse(args) as unknown } }
    } catch {
      setProblem('The arguments are not JSON.')
      return
    }
    setProblem(undefined)
    if (client && isLive.peek())
      void begin(async () => {
        const done = await act(
          ['resolve', view.id, words, advice],
          'Resolved',
          (key) => client.resolve(view.id, { ...words, ...advice, key }),
          aboutTicket(view),
        )
        if (done) forgetDrafts(view.id)
      })
  }
  return (
    <form
      class="answer"
      data-id={view.id}
      aria-label="Resolve"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Written isSent={busy}>
        <label>
          <span>What came of it</span>
          <textarea
            rows={2}
            maxLength={2_000}
            value={resolution}
            onInput={({ currentTarget }) => setResolution(currentTarget.value)}
            onKeyDown={sendOnEnter}
          />
        </label>
        {advising ? (
          <>
            <label>
              <span>Action for the agent</span>
              <input
                required
                value={action}
                onInput={({ currentTarget }) => setAction(currentTarget.value)}
              />
            </label>
            <label>
              <span>Its arguments, as JSON</span>
              <textarea
                class="code"
                rows={2}
                value={args}
                onInput={({ currentTarget }) => setArgs(currentTarget.value)}
              />
            </label>
          </>
        ) : null}
      </Written>
      <p class="why-not" role="status">
        {problem}
      </p>
      <div class="buttons">
        <button type="submit" class="approve" disabled={!isLive.value || busy}>
          Resolve
        </button>
        <button type="button" aria-expanded={advising} onClick={() => setAdvising(!advising)}>
          {advising ? 'Without advice' : 'With advice …'}
        </button>
      </div>
    </form>
  )
}
