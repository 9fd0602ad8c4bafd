import { DAY, type OnCallView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { nextOf } from '../model/on-call.ts'
import { plannedTime } from '../model/time.ts'
import { isLive, now, onEvent } from '../state/live.ts'
import { session } from '../state/session.ts'

/** Far enough to find who comes next, however long the shifts. */
const AHEAD_MS = 31 * DAY

/** Who is told of what is urgent, now and next, by each schedule (ES2). */
export function OnCall() {
  const all = useOnCall()
  if (all === undefined || all.length === 0) return null
  const me = session.value?.person.id
  return (
    <ul class="on-call" aria-label="Who is on call">
      {all.map((view) => {
        const { person, until, next } = nextOf(view)
        return (
          <li key={view.schedule}>
            <span class="muted">On call, {view.schedule}:</span>{' '}
            {person === undefined ? (
              <strong class="bad">nobody</strong>
            ) : (
              <strong>{person === me ? 'you' : person}</strong>
            )}
            {until === undefined ? null : <span class="muted"> until {plannedTime(until)}</span>}
            {next === undefined ? null : (
              <>
                <span class="muted">, then</span> {next.person === me ? 'you' : next.person}
                {until === next.from ? null : <span class="muted"> from {plannedTime(next.from)}</span>}
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** Read when the page opens, when somebody takes over, and when a shift ends. */
function useOnCall(): readonly OnCallView[] | undefined {
  const [all, setAll] = useState<readonly OnCallView[]>()
  const [version, setVersion] = useState(0)
  const live = isLive.value
  const ends = Math.min(
    ...(all ?? []).flatMap(({ shifts, at }) =>
      shifts.map(({ until }) => Date.parse(until)).filter((end) => end > Date.parse(at)),
    ),
  )
  const isOver = now.value >= ends
  useEffect(
    () =>
      onEvent(({ type }) => {
        if (type.startsWith('oncall.') || type === 'policy.activated') setVersion((count) => count + 1)
      }),
    [],
  )
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!client || !live) return
    let wanted = true
    const at = client.serverNow()
    const span = { at: new Date(at).toISOString(), until: new Date(at + AHEAD_MS).toISOString() }
    client.onCall(span).then(
      (found) => wanted && setAll(found),
      () => {}, // read again once it is live again
    )
    return () => {
      wanted = false
    }
  }, [live, version, isOver])
  return all
}
