import { useState } from 'preact/hooks'
import { items, mine } from '../state/live.ts'
import { filter, type Scope, scope, scopes, show } from '../state/queue.ts'
import { session } from '../state/session.ts'
import { set, settings } from '../state/settings.ts'

const LABELS = { mine: 'Mine', team: 'My team', all: 'All' } as const

/** Which of what waits is shown: whose, which words, or a view that was kept under a name. */
export function QueueFilter() {
  const [naming, setNaming] = useState(false)
  const [name, setName] = useState('')
  const hasTeam = (session.value?.person.teams.length ?? 0) > 0
  const offered = scopes.filter((one) => one !== 'team' || hasTeam)
  const counts: Readonly<Partial<Record<Scope, number>>> = {
    mine: mine.value.length,
    all: items.value.length,
  }
  const { views } = settings.value
  return (
    <div class="filter">
      <fieldset class="segments">
        <legend class="visually-hidden">Whose</legend>
        {offered.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={scope.value === one}
            onClick={() => show({ scope: one })}
          >
            {LABELS[one]} <span class="count">{counts[one]}</span>
          </button>
        ))}
      </fieldset>
      <input
        id="filter"
        type="search"
        placeholder="Filter"
        aria-label="Filter"
        aria-keyshortcuts="/"
        value={filter.value}
        onInput={({ currentTarget }) => show({ text: currentTarget.value })}
      />
      {filter.value === '' ? null : (
        <button type="button" class="quiet" onClick={() => setNaming(!naming)}>
          Keep
        </button>
      )}
      {naming ? (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() === '') return
            const view = { name: name.trim(), scope: scope.value, text: filter.value }
            set({ views: [...views.filter((one) => one.name !== view.name), view] })
            setNaming(false)
            setName('')
          }}
        >
          <input
            aria-label="Name of this view"
            placeholder="name of this view"
            maxLength={40}
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </form>
      ) : null}
      {views.length === 0 ? null : (
        <ul class="views" aria-label="Kept views">
          {views.map((view) => (
            <li key={view.name}>
              <button
                type="button"
                class="chip"
                onClick={() =>
                  show({ scope: scopes.find((one) => one === view.scope) ?? 'mine', text: view.text })
                }
              >
                {view.name}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={`Forget the view ${view.name}`}
                onClick={() => set({ views: views.filter((one) => one !== view) })}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
