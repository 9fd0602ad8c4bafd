import type { HistoryQuery } from '@holdpoint/client/operator'
import { MINUTE } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { csvHead, toCsvLine, toJsonLine } from '../model/export.ts'
import { EventList } from '../parts/event-list.tsx'
import { OneEvent } from '../parts/one-event.tsx'
import { download } from '../state/download.ts'
import { act } from '../state/notices.ts'
import { go, route } from '../state/route.ts'
import { session } from '../state/session.ts'
import { useHistory } from '../state/use-history.ts'

const PAGE = 100
/** So that an export ends, and fits into a page's memory; said where it is reached. */
const MOST_EXPORTED = 50_000

const FIELDS = ['agent', 'type', 'by', 'from', 'to'] as const
type Fields = Readonly<Record<(typeof FIELDS)[number], string>>

/** The log, newest first: looked through by agent, type, person and time, and taken along. */
export function HistoryPage({ id }: { readonly id: string | undefined }) {
  const query = queryOf(route.value.query)
  const name = JSON.stringify(query)
  const [{ of, fields }, setDraft] = useState({ of: name, fields: fieldsOf(query) })
  // by the way back, or another link
  if (of !== name) setDraft({ of: name, fields: fieldsOf(query) })
  const [searches, setSearches] = useState(0)
  const { events, older, state } = useHistory({ ...query, limit: PAGE }, searches)
  if (id !== undefined && /^\d{1,15}$/.test(id)) return <OneEvent seq={Number(id)} />
  const input = (field: keyof Fields, label: string, more: object = {}) => (
    <label>
      <span>{label}</span>
      <input
        value={fields[field]}
        {...more}
        onInput={({ currentTarget: { value } }) =>
          setDraft((draft) => ({ ...draft, fields: { ...draft.fields, [field]: value } }))
        }
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
          const address = addressOf(fields)
          // what is typed before the page is there at that address is kept
          setDraft({ of: JSON.stringify(queryOf(address)), fields })
          go('history', undefined, { query: address })
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

/** What was left empty is not asked for; local times become UTC, which is the same for whoever gets the link. */
function addressOf(fields: Fields): URLSearchParams {
  const given = FIELDS.map((field) => [field, fields[field].trim()] as const).filter(
    ([, text]) => text !== '',
  )
  return new URLSearchParams(given.map(([field, text]) => [field, isTime(field) ? iso(text) : text]))
}

/** What an address asks for; a time that this page would not have written is left out. */
function queryOf(address: URLSearchParams): HistoryQuery {
  const given = FIELDS.map((field) => [field, address.get(field) ?? ''] as const)
  return Object.fromEntries(
    given.flatMap(([field, text]) => {
      if (!isTime(field)) return text === '' ? [] : [[field, text]]
      return WRITTEN.test(text) && iso(text) === text ? [[field, text]] : []
    }),
  )
}

/** As the fields have it: times as this place's clocks show them. */
function fieldsOf(query: HistoryQuery): Fields {
  const local = (at = '') => {
    const time = new Date(at)
    return at === '' ? '' : iso(time.getTime() - time.getTimezoneOffset() * MINUTE).slice(0, 16)
  }
  const { agent = '', type = '', by = '' } = query
  return { agent, type, by, from: local(query.from), to: local(query.to) }
}

const isTime = (field: string): boolean => field === 'from' || field === 'to'

/** A time as this page writes it: others that a browser takes for one may lie beyond what a clock elsewhere can show. */
const WRITTEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Empty where it is none. */
function iso(time: string | number): string {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? '' : at.toISOString()
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
