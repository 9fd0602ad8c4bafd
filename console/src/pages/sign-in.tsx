import { HoldpointError } from '@holdpoint/client/operator'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { CodeField } from '../parts/code-field.tsx'
import { focused } from '../parts/focused.ts'
import { farewell, resuming, signIn, signInWithPassword } from '../state/session.ts'

/** The way in: a password, and a code where there is a second factor; or a token. Nothing of it is kept. */
export function SignInPage() {
  const [withToken, setWithToken] = useState(false)
  if (resuming.value)
    return (
      <main class="sign-in">
        <p class="muted" role="status">
          Signing in …
        </p>
      </main>
    )
  return (
    <main class="sign-in">
      {withToken ? <ByToken /> : <ByPassword />}
      <button type="button" class="quiet" onClick={() => setWithToken(!withToken)}>
        {withToken ? 'Use a password' : 'Use a token'}
      </button>
    </main>
  )
}

/** Runs a try; the sentence of why it failed, and whether it is under way. */
export function useTry() {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const attempt = async (run: () => Promise<void>, failed?: (error: unknown) => string | undefined) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await run()
    } catch (error) {
      setProblem(failed ? failed(error) : sentence(error))
      setBusy(false)
    }
  }
  return { problem: problem ?? (busy ? undefined : farewell.value), busy, attempt }
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))

function ByPassword() {
  const [person, setPerson] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState<string>()
  const { problem, busy, attempt } = useTry()
  const isReady = person.trim() !== '' && password !== '' && (code === undefined || /^\d{6}$/.test(code))
  const send = () =>
    attempt(
      () =>
        signInWithPassword({
          person: person.trim(),
          password,
          ...(code !== undefined && { totp: code }),
        }),
      (error) => {
        const wanted = error instanceof HoldpointError ? error.code : undefined
        // the field that appears says it all
        if (wanted === 'second_factor_required') {
          setCode('')
          return code === undefined ? undefined : sentence(error)
        }
        if (wanted === 'second_factor_invalid') setCode('')
        return sentence(error)
      },
    )
  return (
    <SignInForm isReady={isReady} busy={busy} problem={problem} send={send}>
      <label>
        <span>Your name</span>
        <input
          ref={focused}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          value={person}
          onInput={({ currentTarget }) => setPerson(currentTarget.value)}
        />
      </label>
      <label>
        <span>Password</span>
        <input
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={({ currentTarget }) => setPassword(currentTarget.value)}
        />
      </label>
      {code === undefined ? null : (
        <CodeField label="A code from your authenticator app" value={code} takesFocus onCode={setCode} />
      )}
      <p class="muted">
        No password yet, or forgotten? An admin makes you a link, which signs you in once:{' '}
        <code>holdpoint people link you</code>
      </p>
    </SignInForm>
  )
}

function ByToken() {
  const [token, setToken] = useState('')
  const { problem, busy, attempt } = useTry()
  return (
    <SignInForm
      isReady={token.trim() !== ''}
      busy={busy}
      problem={problem}
      send={() => attempt(() => signIn(token))}
    >
      <label>
        <span>Your token</span>
        <input
          ref={focused}
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          aria-describedby="how-token"
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </label>
      <p id="how-token" class="muted">
        From whoever runs this server: <code>holdpoint token create --role approver --subject you</code>. It
        is kept while this page is open, and nowhere else.
      </p>
    </SignInForm>
  )
}

interface SignInFormProps {
  readonly isReady: boolean
  readonly busy: boolean
  readonly problem: string | undefined
  readonly send: () => Promise<void>
  readonly button?: { readonly label: string; readonly ref: (element: HTMLElement | null) => void }
  readonly children: ComponentChildren
}

export function SignInForm({ isReady, busy, problem, send, button, children }: SignInFormProps) {
  return (
    <form
      aria-label="Sign in"
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !busy) void send()
      }}
    >
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>Holdpoint</h1>
      {children}
      <p class="why-not" role="alert">
        {problem}
      </p>
      <div class="buttons">
        <button ref={button?.ref} type="submit" class="primary" disabled={!isReady || busy}>
          {busy ? 'Signing in …' : (button?.label ?? 'Sign in')}
        </button>
      </div>
    </form>
  )
}
