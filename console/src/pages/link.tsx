import { focused } from '../parts/focused.ts'
import { acceptLink, declineLink, personOfLink, session } from '../state/session.ts'
import { SignInForm, useTry } from './sign-in.tsx'

/**
 * A one-time link was opened. It signs in with a press and not before: whoever sends one decides as whom, and what only
 * looks at addresses must not use it up.
 */
export function LinkPage({ link }: { readonly link: string }) {
  const { problem, busy, attempt } = useTry()
  const { person } = session.value ?? {}
  const name = personOfLink(link)
  return (
    <main class="sign-in">
      <SignInForm
        isReady
        busy={busy}
        problem={problem}
        button={{ ref: focused, label: name === undefined ? 'Sign in' : `Sign in as ${name}` }}
        send={() => attempt(() => acceptLink(link))}
      >
        <p>
          This link signs you in, once
          {name === undefined ? null : (
            <>
              , as <strong>{name}</strong>
            </>
          )}
          . If you did not ask for it, do not use it.
        </p>
        {problem === undefined ? null : (
          <p class="muted">
            An admin makes another one, or whoever runs the server on its machine:{' '}
            <code>holdpoint people link {name ?? 'you'}</code>
          </p>
        )}
        {person === undefined ? null : (
          <p class="why-not">
            You are signed in as <strong>{person.id}</strong> here; that ends.
          </p>
        )}
      </SignInForm>
      <button type="button" class="quiet" onClick={() => declineLink()}>
        {person === undefined ? 'Sign in another way' : `Stay signed in as ${person.id}`}
      </button>
    </main>
  )
}
