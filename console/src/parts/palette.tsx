import { useEffect, useState } from 'preact/hooks'
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
const WHOLE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Goes anywhere by its name. */
export function Palette() {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const found = useFound(text)
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
    </Dialog>
  )
}

function useFound(text: string): readonly Place[] {
  const [asked, setAsked] = useState<readonly string[]>([])
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
  const search = text.trim().toLowerCase()
  const agents = [...new Set([...asked, ...(agentViews()?.keys() ?? [])])].map((id) => ({
    name: id,
    words: 'agent',
    open: () => go('agents', id),
  }))
  const waiting = items.value.map(({ id, kind, view }) => ({
    name:
      'action' in view && typeof view.action === 'string'
        ? `${view.action} by ${view.agent}`
        : `${kind} of ${view.agent}`,
    words: `waits · ${shortId(id)}`,
    id,
    open: () => {
      tidy()
      go('queue', id)
      look(id)
    },
  }))
  const byId = WHOLE_ID.test(search) && !waiting.some(({ id }) => id === search)
  // what waits no longer is known by the whole of its id only
  const settled = byId ? [{ name: search, words: 'by its id', open: () => go('queue', search) }] : []
  return [...PAGES, ...settled, ...waiting, ...agents]
    .filter(
      ({ name, id }: Place) =>
        name.toLowerCase().includes(search) || (search.length >= LEAST_OF_ID && id?.includes(search)),
    )
    .slice(0, SHOWN)
}
