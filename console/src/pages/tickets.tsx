import type { TicketFilter } from '@holdpoint/client/operator'
import type { TicketView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { LookedAt } from '../parts/looked-at.tsx'
import { Notices } from '../parts/notices.tsx'
import { OnCall } from '../parts/on-call.tsx'
import { useSteady } from '../parts/steady.ts'
import { TicketRow } from '../parts/ticket-row.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { isLive, replica } from '../state/live.ts'
import { go } from '../state/route.ts'
import { session } from '../state/session.ts'

const ROW_HEIGHT = 60
const STATUSES = ['open', 'mine', 'closed'] as const
const LABELS = { open: 'Open', mine: 'Mine', closed: 'Closed' } as const
type Shown = (typeof STATUSES)[number]

/** Tickets and questions: those that are open by priority, and how the others ended. */
export function TicketsPage({ id }: { readonly id: string | undefined }) {
  const [shown, setShown] = useState<Shown>('open')
  const closed = useClosed(shown === 'closed')
  const open = [...(replica()?.tickets.values() ?? [])].sort(byPriority)
  const me = session.value?.person.id
  const wanted =
    shown === 'closed' ? closed : shown === 'mine' ? open.filter(({ assignee }) => assignee === me) : open
  const all = useSteady(wanted, idOf, shown)
  return (
    <main class={id === undefined ? 'queue' : 'queue looking'}>
      <h1 class="visually-hidden">Tickets</h1>
      <section class="queue-list" aria-label="All tickets">
        <div class="filter">
          <fieldset class="segments">
            <legend class="visually-hidden">Which</legend>
            {STATUSES.map((name) => (
              <button key={name} type="button" aria-pressed={shown === name} onClick={() => setShown(name)}>
                {LABELS[name]}
                {name === 'open' ? <span class="count">{open.length}</span> : null}
              </button>
            ))}
          </fieldset>
        </div>
        <OnCall />
        {all.length === 0 ? (
          <p class="empty">
            <strong>No ticket here.</strong>
            <span>Agents that are unsure, fail or ask open one.</span>
          </p>
        ) : (
          <VirtualList
            items={all}
            rowHeight={ROW_HEIGHT}
            nameOf={idOf}
            label="Tickets"
            current={id}
            asked={shown}
            draw={(view) => <TicketRow view={view} isCurrent={view.id === id} />}
          />
        )}
      </section>
      <section class="queue-card" aria-label="The ticket you look at">
        {id === undefined ? null : (
          <button type="button" class="back quiet" onClick={() => go('tickets')}>
            ← All tickets
          </button>
        )}
        {id === undefined ? (
          <>
            <p class="hint">
              {all.length > 0 ? 'Choose one to see what the agent says, and to answer or resolve it.' : null}
            </p>
            <Notices />
          </>
        ) : (
          <LookedAt key={id} id={id} />
        )}
      </section>
    </main>
  )
}

const idOf = ({ id }: TicketView): string => id

const byPriority = (a: TicketView, b: TicketView): number =>
  a.priority - b.priority ||
  (a.expiresAt < b.expiresAt ? -1 : a.expiresAt > b.expiresAt ? 1 : a.id < b.id ? -1 : 1)

const PAGE = 200

/** Those that are not open any more, the newest first. */
function useClosed(wanted: boolean): readonly TicketView[] {
  const [views, setViews] = useState<readonly TicketView[]>([])
  const live = isLive.value
  const count = replica()?.tickets.size
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!wanted || !live || !client) return
    let current = true
    const read = async (status: NonNullable<TicketFilter['status']>) =>
      (await client.tickets({ status, limit: PAGE })).tickets
    Promise.all([read('resolved'), read('expired'), read('cancelled')]).then(
      (all) =>
        current && setViews(all.flat().sort((a, b) => ((a.closedAt ?? '') > (b.closedAt ?? '') ? -1 : 1))),
      () => {}, // read again once it is live again
    )
    return () => {
      current = false
    }
  }, [wanted, live, count])
  return views
}
