import { useEffect, useState } from 'preact/hooks'
import { approvalItem, type Item, ticketItem, titleOf } from '../model/items.ts'
import { approvalOutcome, ticketOutcome } from '../model/outcomes.ts'
import { shortId } from '../model/time.ts'
import { closeOverlay } from '../state/keys.ts'
import { agentViews, items } from '../state/live.ts'
import { look, tidy } from '../state/queue.ts'
import { go } from '../state/route.ts'
import { session } from '../state/session.ts'
import { Dialog } from './dialog.tsx'
import { focused } from './focused.ts'

interface Place {
  readonly name: string
  readonly words: string
  readonly id?: string
  readonly open: () => void
}

const NAMES = {
  queue: 'queue',
  agents: 'agents',
  advance: 'released in advance',
  tickets: 'tickets',
  history: 'history',
  insight: 'insight',
}

const PAGES: readonly Place[] = Object.entries(NAMES).map(([page, name]) => ({
  name,
  words: 'page',
  open: () => go(page),
}))

const SHOWN = 10
/** Of less there are too many. */
const LEAST_OF_ID = 4
/** Less is too often part of a name to read what was settled for it. */
const PART_OF_ID = /^[\da-f-]{6,36}$/
const WHOLE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
/** As many of the newest settled ones as one answer holds; what is older is known by the whole of its id. */
const RECENT = { limit: 500 }

/** Goes anywhere by its name. */
export function Palette() {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [found, doubt] = useFound(text)
  const close = () => closeOverlay('palette')
  const open = (place: Place | undefined) => {
    close()
    place?.open()
  }
  return (
    <Dialog title="Go to" class="palette" onClose={close}>
      <input
        ref={focused}
        role="combobox"
        aria-expanded="true"
        aria-controls="places"
        aria-activedescendant={found[at] ? `place-${at}` : undefined}
        aria-label="Go to"
        placeholder="a page, an agent, something that waits, an id"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1))
          else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
          else if (event.key === 'Enter') open(found[at])
          else return
          event.preventDefault()
        }}
      />
      <div id="places" class="places" role="listbox" aria-label="Places">
        {found.map((place, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys
          <div
            key={`${place.words} ${place.name}`}
            id={`place-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => open(place)}
          >
            <span>{place.name}</span> <small class="muted">{place.words}</small>
          </div>
        ))}
      </div>
      <p class="muted" role="status">
        {doubt}
      </p>
    </Dialog>
  )
}

/** Where the words lead, and what there is to say where that may not be all. */
function useFound(text: string): readonly [places: readonly Place[], doubt: string] {
  const [asked, setAsked] = useState<readonly string[]>([])
  const search = text.trim().toLowerCase()
  const [settled, settledWords] = useSettled(search)
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (text.trim() === '' || !client) return setAsked([])
    const over = new AbortController()
    client.agents({ search: text.trim(), limit: SHOWN }, { signal: over.signal }).then(
      ({ agents }) => setAsked(agents.map(({ id }) => id)),
      () => {}, // what is at hand is still found
    )
    return () => over.abort(new Error('another search'))
  }, [text])
  const agents = [...new Set([...asked, ...(agentViews()?.keys() ?? [])])].map((id) => ({
    name: id,
    words: 'agent',
    open: () => go('agents', id),
  }))
  const waiting = new Set(items.value.map(({ id }) => id))
  const all = [...items.value, ...(settled ?? []).filter(({ id }) => !waiting.has(id))]
  // what is older than those is known by the whole of its id only
  const whole =
    WHOLE_ID.test(search) && !all.some(({ id }) => id === search)
      ? [{ name: search, words: 'by its id', open: () => go('queue', search) }]
      : []
  const found = [...PAGES, ...whole, ...all.map(placeOf), ...agents]
    .filter(
      ({ name, id }: Place) =>
        name.toLowerCase().includes(search) || (search.length >= LEAST_OF_ID && id?.includes(search)),
    )
    .slice(0, SHOWN)
  return [found, settledWords ?? (found.length > 0 ? '' : 'Nothing is called that.')]
}

function placeOf(item: Item): Place {
  const { id, kind, view } = item
  const end = kind === 'approval' ? approvalOutcome(view) : ticketOutcome(view)
  return {
    id,
    name: `${titleOf(item)} ${kind === 'approval' ? 'by' : 'of'} ${view.agent}`,
    words: `${end?.what ?? 'waits'} · ${shortId(id)}`,
    open: () => {
      if (!end) tidy()
      go('queue', id)
      look(id)
    },
  }
}

/** The newest that wait no more, read once somebody types what may be part of an id; and what there is to say of that. */
function useSettled(
  search: string,
): readonly [items: readonly Item[] | undefined, words: string | undefined] {
  const [settled, setSettled] = useState<readonly Item[]>()
  const [hasFailed, setFailed] = useState(false)
  const isWanted = PART_OF_ID.test(search)
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!isWanted || !client) return
    setFailed(false)
    Promise.all([client.approvals(RECENT), client.tickets(RECENT)]).then(
      ([{ approvals }, { tickets }]) =>
        setSettled([...approvals.map(approvalItem), ...tickets.map(ticketItem)]),
      () => setFailed(true),
    )
  }, [isWanted])
  if (!isWanted || settled) return [settled, undefined]
  return [settled, hasFailed ? 'What was settled could not be read.' : 'Looking among what was settled …']
}
