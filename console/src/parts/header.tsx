import { hasRole } from '@holdpoint/shared'
import { overlay } from '../state/keys.ts'
import { isConnected, mine, replica } from '../state/live.ts'
import { linkTo, route } from '../state/route.ts'
import { session, signOut } from '../state/session.ts'
import { Connection } from './connection.tsx'

const PAGES = [
  ['queue', 'Queue'],
  ['agents', 'Agents'],
  ['tickets', 'Tickets'],
  ['history', 'History'],
  ['insight', 'Insight'],
] as const

/** Where one is, whether it is current, and the one thing that must always be at hand: stopping everything. */
export function Header() {
  const { person } = session.value ?? {}
  const known = replica()
  const counts: Readonly<Record<string, number | undefined>> = {
    queue: mine.value.length,
    agents: known?.counts.agents,
    tickets: known?.tickets.size,
  }
  const { page } = route.value
  return (
    <header class="top">
      <a class="brand" href={linkTo('queue')} aria-label="Holdpoint, the queue">
        <img src="/icon.svg" alt="" width="22" height="22" />
        <span>Holdpoint</span>
      </a>
      <nav aria-label="Pages">
        {PAGES.map(([name, label]) => (
          <a
            key={name}
            href={linkTo(name)}
            aria-current={name === (page === 'advance' ? 'agents' : page) ? 'page' : undefined}
          >
            {label}
            {counts[name] ? <span class="count">{counts[name]}</span> : null}
          </a>
        ))}
      </nav>
      <span class="grow" />
      <Connection />
      {person && hasRole(person.role, 'operator') ? (
        <button
          type="button"
          class="stop"
          disabled={!isConnected.value}
          onClick={() => {
            overlay.value = 'stop-all'
          }}
        >
          Stop all …
        </button>
      ) : null}
      <button
        type="button"
        class="quiet"
        onClick={() => {
          overlay.value = 'settings'
        }}
      >
        Settings
      </button>
      <span class="person">
        <strong>{person?.id}</strong> <span class="muted">{person?.role}</span>
      </span>
      <button type="button" class="quiet" onClick={() => void signOut()}>
        Sign out
      </button>
    </header>
  )
}
