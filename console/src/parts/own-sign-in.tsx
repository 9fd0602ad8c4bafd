import type { SessionView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { clockTime } from '../model/time.ts'
import { act } from '../state/notices.ts'
import { hasFactor } from '../state/own-factor.ts'
import { session } from '../state/session.ts'
import { CodeField } from './code-field.tsx'
import { Text } from './text.tsx'

const METHODS = {
  link: 'by a link',
  password: 'with a password',
  password_totp: 'with a password and a code',
} as const

/** How one signs in: one's password, and the browsers in which one is signed in. */
export function OwnSignIn() {
  const { client, kept } = session.value ?? {}
  if (!client) return null
  return (
    <>
      <OwnPassword />
      {kept ? <OwnSessions /> : null}
    </>
  )
}

function OwnPassword() {
  const { client } = session.value ?? {}
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [standing, setStanding] = useState<{ readonly has: boolean }>()
  useEffect(() => {
    client?.me().then(
      ({ person }) => {
        if (!person) return
        hasFactor.value = person.factor?.enrolled === true
        setStanding({ has: person.hasPassword === true })
      },
      () => {}, // then there is nothing to be set here
    )
  }, [client])
  if (!client || !standing) return null
  const set = () =>
    act(
      ['own password', password, current, code],
      'Your password is set; your other browsers are signed out',
      async (key) => {
        await client.setPassword(password, {
          ...(current !== '' && { current }),
          ...(code !== '' && { totp: code }),
          key,
        })
        setStanding({ has: true })
        setCurrent('')
        setPassword('')
        setCode('')
      },
    )
  return (
    <form
      class="factor"
      aria-label="Password"
      onSubmit={(event) => {
        event.preventDefault()
        void set()
      }}
    >
      <h3>Password</h3>
      <p class="muted">
        {standing.has
          ? 'Changing it takes the present one, or a sign-in by a link less than ten minutes ago.'
          : 'None yet. It can be set within ten minutes of signing in by a link.'}
      </p>
      {standing.has ? (
        <label>
          <span>The present one</span>
          <input
            type="password"
            autocomplete="current-password"
            value={current}
            onInput={({ currentTarget }) => setCurrent(currentTarget.value)}
          />
        </label>
      ) : null}
      <label>
        <span>A new one, of 15 characters or more</span>
        <input
          type="password"
          autocomplete="new-password"
          value={password}
          onInput={({ currentTarget }) => setPassword(currentTarget.value)}
        />
      </label>
      {hasFactor.value ? (
        <CodeField label="A code from your authenticator app" value={code} onCode={setCode} />
      ) : null}
      <div class="buttons">
        <button type="submit" disabled={password === ''}>
          Set it
        </button>
      </div>
    </form>
  )
}

function OwnSessions() {
  const { client } = session.value ?? {}
  const [sessions, setSessions] = useState<readonly SessionView[]>([])
  const read = () => client?.sessions().then(setSessions, () => {}) // what was shown stays; ending one tells why not
  useEffect(() => {
    void read()
  }, [client])
  if (!client || sessions.length === 0) return null
  const end = (which: { readonly session?: string }, done: string) =>
    act(['end sessions', which], done, async (key) => {
      await client.endSessions(which, { key })
      await read()
    })
  return (
    <section class="factor" aria-label="Where you are signed in">
      <h3>Where you are signed in</h3>
      <ul class="sessions">
        {sessions.map((one) => (
          <li key={one.id}>
            <span class="grow">
              <Text>{one.userAgent ?? 'A browser'}</Text> <span class="muted">at {one.address}</span>
              <br />
              <span class="muted">
                {METHODS[one.method]}, {clockTime(one.createdAt)}; last seen {clockTime(one.seenAt)}
              </span>
            </span>
            {one.current ? (
              <strong>this one</strong>
            ) : (
              <button
                type="button"
                onClick={() => void end({ session: one.id }, 'That browser is signed out')}
              >
                Sign it out
              </button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 ? (
        <div class="buttons">
          <button type="button" onClick={() => void end({}, 'All other browsers are signed out')}>
            Sign all others out
          </button>
        </div>
      ) : null}
    </section>
  )
}
