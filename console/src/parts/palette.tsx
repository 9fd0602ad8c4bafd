import type { OperatorClient } from '@holdpoint/client/operator'
import { useEffect, useState } from 'preact/hooks'
import { approvalItem, type Item, ticketItem, titleOf } from '../model/items.ts'
import { approvalOutcome, ticketOutcome } from '../model/outcomes.ts'
import { shortId } from '../model/time.ts'
import { may } from '../state/intervene.ts'
import { closeOverlay, overlay } from '../state/keys.ts'
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

/** What must be at hand wherever one is: from deep inside of a page its button is many tabs away. */
const STOP_ALL: Place = {
  name: 'stop all …',
  words: 'agents',
  open: () => {
    overlay.value = 'stop-all'
  },
}

const SHOWN = 10
/** Of less there are too many. */
const LEAST_OF_ID = 4
/** Less is too often part of a name to read what was settled for it. */
const PART_OF_ID = /^[\da-f-]{6,36}$/
const WHOLE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
/** As many as one answer holds. */
const PAGE = 500

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
  const all = [...items.value, ...settled.filter(({ id }) => !waiting.has(id))]
  const whole =
    WHOLE_ID.test(search) && !all.some(({ id }) => id === search)
      ? [{ name: search, words: 'by its id', open: () => go('queue', search) }]
      : []
  const found = [...PAGES, ...(may('stop') ? [STOP_ALL] : []), ...whole, ...all.map(placeOf), ...agents]
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

/**
 * What was settled, found by what may be part of an id; and what there is to say where that may not be all. Lists begin
 * with the oldest and take no part of an id, so that they are read on until it is found, or something else is typed.
 */
function useSettled(search: string): readonly [found: readonly Item[], words: string | undefined] {
  const [found, setFound] = useState<readonly Item[]>([])
  const [said, setSaid] = useState<{ readonly search: string; readonly words: string | undefined }>()
  const isKnown = [...items.value, ...found].some(({ id }) => id.includes(search))
  const isWanted = PART_OF_ID.test(search) && !isKnown
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!isWanted || !client) return
    setSaid(undefined)
    const over = new AbortController()
    const setWords = (words: string | undefined) => setSaid({ search, words })
    readUntilFound(client, search, over.signal, (read) =>
      setWords(`Looking among what was settled: ${read} so far …`),
    ).then(
      (those) => {
        if (over.signal.aborted) return
        setFound(those)
        setWords(undefined)
      },
      () => over.signal.aborted || setWords('What was settled could not be read.'),
    )
    return () => over.abort(new Error('another search'))
  }, [isWanted, search])
  if (!isWanted) return [found, undefined]
  return [found, said?.search === search ? said.words : 'Looking among what was settled …']
}

async function readUntilFound(
  client: OperatorClient,
  search: string,
  signal: AbortSignal,
  onRead: (count: number) => void,
): Promise<readonly Item[]> {
  let read = 0
  const lists = [
    async (cursor?: string) => {
      const { approvals, nextCursor } = await client.approvals({ limit: PAGE, cursor }, { signal })
      return { page: approvals.map(approvalItem), nextCursor }
    },
    async (cursor?: string) => {
      const { tickets, nextCursor } = await client.tickets({ limit: PAGE, cursor }, { signal })
      return { page: tickets.map(ticketItem), nextCursor }
    },
  ]
  for (const list of lists) {
    let cursor: string | undefined
    do {
      const { page, nextCursor } = await list(cursor)
      const found = page.filter(({ id }) => id.includes(search))
      if (found.length > 0) return found
      read += page.length
      if (!signal.aborted) onRead(read)
      cursor = nextCursor
    } while (cursor !== undefined && !signal.aborted)
  }
  return []
}
