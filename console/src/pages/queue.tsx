import { counted } from '@holdpoint/shared'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Row } from '../model/arrange.ts'
import { nothingWords } from '../model/nothing.ts'
import { BatchBar } from '../parts/batch-bar.tsx'
import { LookedAt } from '../parts/looked-at.tsx'
import { NextUp } from '../parts/next-up.tsx'
import { Notices } from '../parts/notices.tsx'
import { QueueFilter } from '../parts/queue-filter.tsx'
import { QueueRow } from '../parts/queue-row.tsx'
import { rowId, VirtualList } from '../parts/virtual-list.tsx'
import { loadAgents, loading } from '../state/agents.ts'
import { form } from '../state/decide.ts'
import { flood } from '../state/flood.ts'
import { showLines } from '../state/gists.ts'
import { isLive, policy, replica } from '../state/live.ts'
import {
  asked,
  cursor,
  escalations,
  filter,
  kept,
  look,
  QUEUE_ROW_HEIGHT,
  rows,
  scope,
  selected,
  settledCount,
  show,
  tidy,
} from '../state/queue.ts'
import { go } from '../state/route.ts'

/** The home page: what waits, and the one that is looked at. */
export function QueuePage({ id }: { readonly id: string | undefined }) {
  useRoute(id)
  const all = rows.value
  const at = cursor.value
  const row = all.find(({ item }) => item.id === at)
  const fresh = kept.value
  const done = settledCount.value
  const live = isLive.value
  const asksTeam = scope.value === 'team'
  useEffect(() => {
    if (live && asksTeam) void loadAgents()
  }, [live, asksTeam])
  const [what, more] = nothingWords({
    live,
    scope: scope.value,
    filtered: filter.value.trim() !== '',
    loaded: replica()?.loaded === 'whole',
    hasPolicy: policy.value !== undefined,
    first: replica()?.counts.agents === 0,
    agents: loading.value === 'no' ? 'here' : loading.value === 'yes' ? 'loading' : 'failed',
  })
  return (
    <main class={at === undefined ? 'queue' : 'queue looking'}>
      <h1 class="visually-hidden">Queue</h1>
      <section class="queue-list" aria-label="All of them">
        <QueueFilter />
        {all.length + escalations.value.length === 0 ? null : (
          <div class="in-order">
            {fresh + done > 0 ? (
              <button type="button" class="tidy" aria-keyshortcuts="." onClick={tidy}>
                {[fresh > 0 ? `${fresh} new` : '', done > 0 ? `${done} settled` : '']
                  .filter(Boolean)
                  .join(', ')}
                : put in order{' '}
                <span class="kbd" aria-hidden="true">
                  .
                </span>
              </button>
            ) : (
              'The nearest deadline first'
            )}
            <Escalated />
          </div>
        )}
        {all.length === 0 ? (
          <p class="empty">
            <strong>{what}</strong>
            <span>{more}</span>
            {live && filter.value.trim() !== '' ? (
              <button type="button" onClick={() => show({ text: '' })}>
                Clear the filter
              </button>
            ) : null}
          </p>
        ) : (
          <VirtualList
            items={all}
            rowHeight={QUEUE_ROW_HEIGHT}
            nameOf={nameOf}
            label="What waits"
            current={at}
            asked={asked.value}
            onWindow={showLines}
            draw={(one) => (
              <QueueRow
                row={one}
                id={rowId(one.item.id)}
                isCurrent={one.item.id === at}
                isSelected={selected.value.has(one.item.id)}
              />
            )}
          />
        )}
        {/* at its foot, where what comes and goes moves no line */}
        {flood.value === undefined ? null : (
          <p class="flood" role="status">
            {flood.value} requests in ten minutes: more than anybody judges one by one. Pause an agent, or ask
            for help.
          </p>
        )}
        <NotLoaded />
        <BatchBar />
      </section>
      <section class="queue-card" aria-label="The one you look at">
        {at === undefined ? null : (
          <button type="button" class="back quiet" onClick={() => look(undefined)}>
            ← All that waits
          </button>
        )}
        {at === undefined ? (
          <>
            <Hint next={all.find(({ settled }) => !settled)} />
            <Notices />
          </>
        ) : (
          <>
            <LookedAt key={at} id={at} last={row?.item} isHidden={!row} />
            {row?.settled ? <NextUp rows={all} at={at} /> : null}
          </>
        )}
      </section>
    </main>
  )
}

/** Said where it moves no line and no filter hides it; each press opens another one. */
function Escalated() {
  const all = escalations.value
  return (
    <span class="escalated" role="status">
      {all.length === 0 ? null : (
        <button type="button" onClick={() => look(all[(all.indexOf(cursor.peek() ?? '') + 1) % all.length])}>
          {counted(all.length, 'escalation')}
        </button>
      )}
    </span>
  )
}

/** The oldest come first, in one message; the others follow page by page. Until all are here, nobody is told otherwise. */
function NotLoaded() {
  const known = replica()
  if (!known || known.loaded === 'whole') return null
  const { counts, approvals, tickets } = known
  const missing = Math.max(0, counts.approvals + counts.tickets - approvals.size - tickets.size)
  return (
    <p class="flood" role="status">
      {known.loaded === 'loading'
        ? `Reading ${missing} more that ${missing === 1 ? 'waits' : 'wait'} …`
        : `${missing} more ${missing === 1 ? 'waits' : 'wait'} and could not be read; it is tried again every few seconds. These are the oldest.`}
    </p>
  )
}

const nameOf = ({ item }: Row): string => item.id

/** Before anything is looked at: where to begin. */
function Hint({ next }: { readonly next: Row | undefined }) {
  if (!next) return <div class="hint" />
  return (
    <div class="hint">
      <button type="button" class="primary" onClick={() => look(next.item.id)}>
        Begin with the first{' '}
        <span class="kbd" aria-hidden="true">
          j
        </span>
      </button>
      <p>
        Its time runs out first. <kbd>j</kbd> and <kbd>k</kbd> go on and back, <kbd>?</kbd> shows all keys.
      </p>
    </div>
  )
}

/** The address names the item that is looked at, and an address opens it. */
function useRoute(id: string | undefined): void {
  const opened = useRef<string | undefined>(undefined)
  const at = cursor.value
  useEffect(() => {
    if (id !== opened.current) {
      opened.current = id
      if (id !== cursor.peek()) look(id)
    }
  }, [id])
  // before anything is painted: a form of the one before must not take what is typed for a moment
  useLayoutEffect(() => {
    form.value = undefined
  }, [at])
  useEffect(() => {
    if (at === opened.current) return
    opened.current = at
    go('queue', at, { replace: true })
  }, [at])
}
