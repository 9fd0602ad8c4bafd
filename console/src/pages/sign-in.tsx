import { useState } from 'preact/hooks'
import { focused } from '../parts/focused.ts'
import { farewell, signIn } from '../state/session.ts'

/** The way in. The token goes into this page's memory and nowhere else. */
export function SignInPage() {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    try {
      await signIn(token)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <main class="sign-in">
      <form
        aria-label="Sign in"
        onSubmit={(event) => {
          event.preventDefault()
          if (token.trim() !== '' && !busy) void send()
        }}
      >
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Holdpoint</h1>
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
        <p class="why-not" role="alert">
          {problem ?? farewell.value}
        </p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={token.trim() === '' || busy}>
            {busy ? 'Signing in …' : 'Sign in'}
          </button>
        </div>
      </form>
    </main>
  )
}
