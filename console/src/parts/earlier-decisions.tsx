import type { ApprovalView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { type Earlier, readEarlier } from '../model/earlier.ts'
import { isLive } from '../state/live.ts'
import { session } from '../state/session.ts'

/** How this agent's earlier requests of the same action ended, and how far back that was looked for. */
export function EarlierDecisions({ view: { id, agent, action } }: { readonly view: ApprovalView }) {
  const earlier = useEarlier(id, agent, action)
  if (earlier === 'unread') return <span class="muted">…</span>
  if (earlier === 'failed') return <span class="muted">could not be read</span>
  const { counts, amongLatest } = earlier
  const among = amongLatest === undefined ? '' : `, among the latest ${amongLatest} decisions of each kind`
  if (counts.length === 0)
    return (
      <span class="muted">
        {amongLatest === undefined ? 'nobody has decided yet' : 'nothing decided'} on {action} by this agent
        {among}
      </span>
    )
  return (
    <>
      {counts.map(([what, count]) => `${count} ${what}`).join(', ')}
      <span class="muted">
        {' '}
        on {action} by this agent{among}
      </span>
    </>
  )
}

/** A help, not a part of the decision: where it cannot be read it is asked for again with the next connection. */
function useEarlier(id: string, agent: string, action: string): Earlier | 'unread' | 'failed' {
  const [earlier, setEarlier] = useState<Earlier | 'unread' | 'failed'>('unread')
  const live = isLive.value
  const isRead = typeof earlier === 'object'
  useEffect(() => setEarlier('unread'), [id, agent, action])
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (isRead || !live || !client) return
    let wanted = true
    readEarlier((query) => client.history(query), { id, agent, action }).then(
      (found) => wanted && setEarlier(found),
      () => wanted && setEarlier('failed'),
    )
    return () => {
      wanted = false
    }
  }, [id, agent, action, live, isRead])
  return earlier
}
