import type { HistoryQuery } from '@holdpoint/client/operator'
import { useState } from 'preact/hooks'
import { csvHead, toCsvLine, toJsonLine } from '../model/export.ts'
import { EventList } from '../parts/event-list.tsx'
import { OneEvent } from '../parts/one-event.tsx'
import { download } from '../state/download.ts'
import { act } from '../state/notices.ts'
import { session } from '../state/session.ts'
import { useHistory } from '../state/use-history.ts'

const PAGE = 100
/** So that an export ends, and fits into a page's memory; said where it is reached. */
const MOST_EXPORTED = 50_000

interface Fields {
  readonly agent: string
  readonly type: string
  readonly by: string
  readonly from: string
  readonly to: string
}
const NONE: Fields = { agent: '', type: '', by: '', from: '', to: '' }

/** The log, newest first: looked through by agent, type, person and time, and taken along. */
export function HistoryPage({ id }: { readonly id: string | undefined }) {
  const [fields, setFields] = useState(NONE)
  const [query, setQuery] = useState<HistoryQuery>({})
  const [searches, setSearches] = useState(0)
  const { events, older, state } = useHistory({ ...query, limit: PAGE }, searches)
  if (id !== undefined && /^\d{1,15}$/.test(id)) return <OneEvent seq={Number(id)} />
  const input = (name: keyof Fields, label: string, more: object = {}) => (
    <label>
      <span>{label}</span>
      <input
        value={fields[name]}
        {...more}
        onInput={({ currentTarget }) => setFields({ ...fields, [name]: currentTarget.value })}
      />
    </label>
  )
  return (
    <main class="history">
      <h1>History</h1>
      <form
        class="search"
        aria-label="Search the history"
        onSubmit={(event) => {
          event.preventDefault()
          setQuery(queryOf(fields))
          // the same again looks for what came meanwhile
          setSearches(searches + 1)
        }}
      >
        {input('agent', 'Agent', { id: 'filter' })}
        {input('type', 'Type', { placeholder: 'approval.*', pattern: '[a-z_]+\\.([a-z_]+|\\*)' })}
        {input('by', 'By')}
        {input('from', 'From', { type: 'datetime-local' })}
        {input('to', 'To', { type: 'datetime-local' })}
        <div class="buttons">
          <button type="submit" class="primary">
            Search
          </button>
          <button type="button" onClick={() => void exportAs('csv', query)}>
            CSV
          </button>
          <button type="button" onClick={() => void exportAs('jsonl', query)}>
            JSON lines
          </button>
        </div>
      </form>
      {state === 'failed' ? (
        <p class="problem" role="status">
          The history could not be read; search again to try once more.
        </p>
      ) : null}
      {events.length === 0 && state === 'loading' ? <p class="muted">Reading …</p> : null}
      {events.length === 0 && state === 'here' ? <p class="empty">Nothing fits.</p> : null}
      <EventList events={events} showAgent />
      {older ? (
        <button type="button" onClick={older}>
          Older
        </button>
      ) : null}
    </main>
  )
}

/** What was left empty is not asked for; local times become UTC. */
function queryOf({ agent, type, by, from, to }: Fields): HistoryQuery {
  const time = (text: string) => new Date(text).toISOString()
  return {
    ...(agent.trim() && { agent: agent.trim() }),
    ...(type.trim() && { type: type.trim() }),
    ...(by.trim() && { by: by.trim() }),
    ...(from && { from: time(from) }),
    ...(to && { to: time(to) }),
  }
}

async function exportAs(form: 'csv' | 'jsonl', query: HistoryQuery): Promise<void> {
  const { client } = session.peek() ?? {}
  if (!client) return
  await act(['export', form, query], 'Exported', async () => {
    const lines: string[] = form === 'csv' ? [csvHead] : []
    let count = 0
    for await (const event of client.historyEvents({ ...query, limit: 500 })) {
      lines.push(form === 'csv' ? toCsvLine(event) : toJsonLine(event))
      count += 1
      if (count === MOST_EXPORTED) break
    }
    download(`holdpoint-history.${form}`, form === 'csv' ? 'text/csv' : 'application/x-ndjson', lines)
    if (count === MOST_EXPORTED)
      throw new Error(`Exported the newest ${MOST_EXPORTED} facts; narrow the search for more.`)
  })
}
