import { useEffect, useState } from 'preact/hooks'
import type { Item } from '../model/items.ts'
import { askEnd, isLive, itemOf, outcomeOf, replica } from '../state/live.ts'
import { look, show } from '../state/queue.ts'
import { session } from '../state/session.ts'
import { ApprovalCard } from './approval-card.tsx'
import { Notices } from './notices.tsx'
import { TicketCard } from './ticket-card.tsx'

interface Props {
  readonly id: string
  /** As the list had it last, where it did. */
  readonly last?: Item | undefined
  /** Whether it waits in the queue and the list does not show it. */
  readonly isHidden?: boolean
}

/** The card of one item as it stands, whatever the list shows; how it ended is asked for where this page was not told. */
export function LookedAt({ id, last, isHidden = false }: Props) {
  const known = replica()
  const waits = known !== undefined && (known.approvals.has(id) || known.tickets.has(id))
  const ended = waits ? undefined : outcomeOf(id)
  const asked = useEnd(id, !waits && ended === undefined)
  const item = itemOf(id) ?? last
  if (!item)
    return (
      <>
        <p class="empty" role="status">
          {asked === 'none' ? <strong>Nothing of this address is here.</strong> : null}
          {asked === 'failed' ? 'It could not be read; it is tried again once there is a connection.' : null}
          {asked === 'asking' ? 'Reading it …' : null}
        </p>
        <Notices />
      </>
    )
  // no button stays on what is not known to wait
  const outcome = waits ? undefined : (ended ?? ({ what: 'no longer waiting', tone: 'neutral' } as const))
  return (
    <>
      {waits && isHidden ? <OutOfSight id={id} /> : null}
      {item.kind === 'approval' ? (
        <ApprovalCard view={item.view} outcome={outcome} />
      ) : (
        <TicketCard view={item.view} ended={outcome} />
      )}
    </>
  )
}

function OutOfSight({ id }: { readonly id: string }) {
  return (
    <p class="flood" role="status">
      The list does not show it.{' '}
      <button
        type="button"
        onClick={() => {
          show({ scope: 'all', text: '' })
          look(id)
        }}
      >
        Show all
      </button>
    </p>
  )
}

/** Asks for an item that this page knows nothing of, and again with each connection until there is an answer. */
function useEnd(id: string, wanted: boolean): 'asking' | 'none' | 'failed' {
  const [asked, setAsked] = useState<'asking' | 'none' | 'failed'>('asking')
  const live = isLive.value
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!wanted || !live || !client) return
    let current = true
    setAsked('asking')
    askEnd(client, id).then(
      (found) => current && !found && setAsked('none'),
      () => current && setAsked('failed'),
    )
    return () => {
      current = false
    }
  }, [id, wanted, live])
  return asked
}
