import { hasRole, type StandingGrantView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { clockTime, plannedTime } from '../model/time.ts'
import { isLive } from '../state/live.ts'
import { act } from '../state/notices.ts'
import { linkTo } from '../state/route.ts'
import { session } from '../state/session.ts'
import { focused } from './focused.ts'
import { StandingForm } from './standing-form.tsx'
import { Text } from './text.tsx'

interface Props {
  /** Without one: of all. */
  readonly agent?: string
  /** Counts facts: read again where it moves. */
  readonly version: number
}

/** What people have released in advance, for one agent or for all: listed, made and taken back (AP13). */
export function StandingGrants({ agent, version }: Props) {
  const { grants, unreadable, failed } = useGrants(agent, version)
  const [making, setMaking] = useState(false)
  const { person } = session.value ?? {}
  const may = person !== undefined && hasRole(person.role, 'operator')
  return (
    <section class="panel" aria-labelledby="in-advance">
      <h2 id="in-advance">
        {agent === undefined ? 'On all agents' : 'Released in advance'}{' '}
        <span class="count">{grants?.length}</span>
      </h2>
      {failed ? (
        <p class="problem" role="status">
          {grants === undefined
            ? 'What is released in advance could not be read: it is not known.'
            : 'It could not be read again: this may be out of date.'}
        </p>
      ) : grants === undefined ? (
        <p class="muted">Reading …</p>
      ) : grants.length === 0 && unreadable.length === 0 && !making ? (
        <p class="muted">Nothing: each action is decided when it is asked for.</p>
      ) : null}
      {unreadable.length > 0 ? (
        <p class="problem">
          Not shown, since the server can’t read what it holds of them: {unreadable.join(', ')}.
        </p>
      ) : null}
      <ul class="grants">
        {grants?.map((grant) => (
          <Grant key={grant.id} grant={grant} may={may} named={agent === undefined} />
        ))}
      </ul>
      {agent === undefined ? null : making ? (
        <StandingForm agent={agent} onClose={() => setMaking(false)} />
      ) : may ? (
        <button type="button" class="more" disabled={!isLive.value} onClick={() => setMaking(true)}>
          Release in advance …
        </button>
      ) : null}
    </section>
  )
}

interface GrantProps {
  readonly grant: StandingGrantView
  readonly may: boolean
  /** Whether its agent is named. */
  readonly named: boolean
}

function Grant({ grant, may, named }: GrantProps) {
  const [revoking, setRevoking] = useState(false)
  const [why, setWhy] = useState('')
  const { id, agent, action, when, left, until, used, by, at, reason } = grant
  return (
    <li>
      <p>
        <strong>{action}</strong>{' '}
        {named ? (
          <>
            by <a href={linkTo('agents', agent)}>{agent}</a>,{' '}
          </>
        ) : null}
        {left === undefined ? `until ${plannedTime(until)}` : `the next ${left}, until ${plannedTime(until)}`}
        <span class="muted">
          {' '}
          · {used === 0 ? 'not used yet' : used === 1 ? 'used once' : `used ${used} times`}
        </span>
      </p>
      <p>
        {when === undefined ? (
          <span class="warn">whatever its arguments</span>
        ) : (
          <>
            <span class="muted">where</span>{' '}
            <code>
              <Text>{when}</Text>
            </code>
          </>
        )}
      </p>
      <p class="muted">
        by {by} at {clockTime(at)} · “<Text>{reason}</Text>”
      </p>
      {!may ? null : revoking ? (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            const { client } = session.peek() ?? {}
            if (why.trim() !== '' && client)
              void act(['take back', agent, id, why.trim()], `${action} asks again from now on`, (key) =>
                client.revokeStanding(agent, id, why.trim(), { key }),
              )
          }}
        >
          <input
            ref={focused}
            aria-label="Why it is taken back"
            placeholder="why?"
            value={why}
            onInput={({ currentTarget }) => setWhy(currentTarget.value)}
          />
          <button type="submit" class="deny" disabled={why.trim() === '' || !isLive.value}>
            Take back
          </button>
        </form>
      ) : (
        <button type="button" aria-label={`Take back ${action}`} onClick={() => setRevoking(true)}>
          Take back …
        </button>
      )}
    </li>
  )
}

interface Read {
  /** As they were last read; undefined until then. */
  readonly grants: readonly StandingGrantView[] | undefined
  /** Agents whose grants the server can't read. */
  readonly unreadable: readonly string[]
  /** Whether the last read got no answer; it is asked again with the next connection and the agent's next fact. */
  readonly failed: boolean
}

const UNREAD: Read = { grants: undefined, unreadable: [], failed: false }

function useGrants(agent: string | undefined, version: number): Read {
  const [read, setRead] = useState(UNREAD)
  const live = isLive.value
  useEffect(() => setRead(UNREAD), [agent])
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!live || !client) return
    let wanted = true
    client.standing(agent).then(
      ({ standing, unreadable = [] }) => wanted && setRead({ grants: standing, unreadable, failed: false }),
      () => wanted && setRead((before) => ({ ...before, failed: true })),
    )
    return () => {
      wanted = false
    }
  }, [agent, version, live])
  return read
}
