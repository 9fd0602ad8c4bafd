import { type AgentView, type AutonomyLevel, autonomyLevels, hasRole } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { isLive } from '../state/live.ts'
import { act } from '../state/notices.ts'
import { session } from '../state/session.ts'

const RULINGS = ['confirm', 'pin', 'cap', 'reset'] as const
type Ruling = (typeof RULINGS)[number]

interface Choice {
  readonly ruling: Ruling
  readonly level: AutonomyLevel | ''
}

/** What an admin does about an agent's autonomy (IN1, AU2). */
export function TrustRuling({ agent: { id, autonomy } }: { readonly agent: AgentView }) {
  const { client, person } = session.value ?? {}
  const [chosen, setChosen] = useState<Choice>()
  const [reason, setReason] = useState('')
  if (!client || !person || !hasRole(person.role, 'admin')) return null
  const { earned } = autonomy
  const suggested: Choice = earned ? { ruling: 'confirm', level: earned } : { ruling: 'pin', level: '' }
  const { ruling, level } = chosen ?? suggested
  const named = level === '' ? undefined : level
  const run = (key: string) => {
    const options = { key }
    switch (ruling) {
      case 'confirm':
        return client.confirmTrust(id, named, reason.trim(), options)
      case 'pin':
        return client.pinTrust(id, named, reason.trim(), options)
      case 'cap':
        return client.capTrust(id, named, reason.trim(), options)
      case 'reset':
        return client.resetTrust(id, reason.trim(), options)
    }
  }
  return (
    <form
      class="ruling"
      aria-label="Rule on trust"
      onSubmit={async (event) => {
        event.preventDefault()
        if (
          reason.trim() !== '' &&
          (await act(['rule', id, ruling, level, reason.trim()], `Trust of ${id}: ${ruling}`, run))
        ) {
          setReason('')
          setChosen(undefined)
        }
      }}
    >
      <select
        aria-label="Ruling"
        value={ruling}
        onChange={({ currentTarget }) => setChosen({ ruling: currentTarget.value as Ruling, level: '' })}
      >
        {RULINGS.map((one) => (
          <option key={one} value={one} disabled={one === 'confirm' && !earned}>
            {one}
          </option>
        ))}
      </select>
      {ruling === 'reset' ? null : (
        <select
          aria-label="Level"
          value={level}
          onChange={({ currentTarget }) =>
            setChosen({ ruling, level: currentTarget.value as AutonomyLevel | '' })
          }
        >
          <option value="">{ruling === 'confirm' ? 'what it earned' : 'none: lift it'}</option>
          {autonomyLevels.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      )}
      <input
        aria-label="Reason"
        placeholder="reason"
        value={reason}
        maxLength={2_000}
        onInput={({ currentTarget }) => {
          setReason(currentTarget.value)
          // what is written is meant for what stands here now, whatever the agent earns meanwhile
          setChosen({ ruling, level })
        }}
      />
      <button type="submit" disabled={reason.trim() === '' || !isLive.value}>
        Rule
      </button>
    </form>
  )
}
