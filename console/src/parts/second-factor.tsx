import type { EnrolledFactor } from '@holdpoint/client/operator'
import { counted, type FactorView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { clockTime } from '../model/time.ts'
import { act } from '../state/notices.ts'
import { hasFactor } from '../state/own-factor.ts'
import { session } from '../state/session.ts'
import { CodeField } from './code-field.tsx'
import { Qr } from './qr.tsx'

const TOTP = /^\d{6}$/
/** Twenty letters and digits; dashes are for the eye. */
const RECOVERY = /^(?:-*[a-z0-9]){20}-*$/i

/** One's own second factor: how it stands, and getting a new one. */
export function SecondFactor() {
  const { client } = session.value ?? {}
  const [factor, setFactor] = useState<FactorView>()
  const [handed, setHanded] = useState<EnrolledFactor>()
  const [code, setCode] = useState('')
  useEffect(() => {
    client?.me().then(
      ({ person }) => setFactor(person?.factor),
      () => {}, // it says nothing of the factor then, and enrolling tells why not
    )
  }, [client])
  if (!client) return null
  const needsCode = handed !== undefined || factor?.enrolled === true
  const isCode = TOTP.test(code) || (!handed && RECOVERY.test(code))
  const enroll = () =>
    act(['enrol', code], 'A new second factor: scan it, then confirm it', async (key) => {
      const proof = !factor?.enrolled ? {} : TOTP.test(code) ? { totp: code } : { recovery: code }
      setHanded(await client.enrollFactor({ ...proof, key }))
      setCode('')
    })
  const confirm = () =>
    act(['confirm factor', code], 'Your second factor counts from now on', async (key) => {
      setFactor(await client.confirmFactor(code, { key }))
      hasFactor.value = true
      setHanded(undefined)
      setCode('')
    })
  return (
    <form
      class="factor"
      aria-label="Second factor"
      onSubmit={(event) => {
        event.preventDefault()
        void (handed ? confirm() : enroll())
      }}
    >
      <h3>Second factor</h3>
      <p class="muted">
        {handed
          ? `Scan this with your authenticator app and confirm it with a code: it counts from then on${factor?.enrolled ? ', and the one you have until then' : ''}.`
          : factor?.enrolled
            ? `Enrolled${factor.since ? ` since ${clockTime(factor.since)}` : ''}; ${counted(factor.recoveryCodes, 'recovery code')} left.`
            : 'None yet. What asks for one, such as a payment, cannot be released without.'}
        {factor?.lockedUntil ? ` Locked until ${clockTime(factor.lockedUntil)}.` : ''}
      </p>
      {handed ? (
        <>
          <Qr text={handed.otpauth} label="To be scanned by your authenticator app" />
          <details>
            <summary>No camera? The same as text</summary>
            <code class="secret">{handed.otpauth}</code>
          </details>
          <p>Recovery codes. Put them where your phone is not; each works once, and only to enrol anew:</p>
          <ul class="codes">
            {handed.recovery.map((one) => (
              <li key={one}>
                <code>{one}</code>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {needsCode ? (
        <CodeField
          label={
            handed
              ? 'A code from the app, to confirm it'
              : 'A code of the one you have, or a recovery code where it is lost'
          }
          orRecovery={!handed}
          value={code}
          onCode={setCode}
        />
      ) : null}
      <div class="buttons">
        <button type="submit" class={handed ? 'primary' : ''} disabled={needsCode && !isCode}>
          {handed ? 'Confirm' : factor?.enrolled ? 'Replace it' : 'Enrol one'}
        </button>
      </div>
    </form>
  )
}
