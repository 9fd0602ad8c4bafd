import type { Target } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { intervene, interventions, may, type Verb } from '../state/intervene.ts'
import { isConnected, isLive } from '../state/live.ts'
import { useBusy } from './busy.ts'
import { focused } from './focused.ts'

interface Props {
  /** Whom it is for, in words: `3 agents`. */
  readonly whom: string
  readonly targets: readonly Target[]
  /** Says before the buttons whom they are for, where nothing else around them does. */
  readonly label?: string
  readonly onDone?: () => void
  /** Where stopping them has a gesture of its own. */
  readonly onStop?: () => void
}

const LABELS: Readonly<Record<Verb, string>> = {
  pause: 'Pause …',
  resume: 'Resume …',
  stop: 'Stop …',
  reinstate: 'Reinstate …',
  inject: 'Instruct …',
}

const ASKS: Readonly<Record<Verb, string>> = {
  pause: 'Why are they to pause?',
  resume: 'Why may they go on?',
  stop: 'Why are they to stop? They are locked until reinstated.',
  reinstate: 'Why may they be started again?',
  inject: 'What are they to do?',
}

/** What was armed, and for whom it was then: what is selected or typed elsewhere meanwhile changes nothing of it. */
interface Armed {
  readonly verb: Verb
  readonly whom: string
  readonly targets: readonly Target[]
}

/** Pauses, resumes, stops, reinstates or instructs, each with the words that are kept with it (IN1). */
export function InterveneBar({ whom, targets, label, onDone, onStop }: Props) {
  const [armed, setArmed] = useState<Armed>()
  const [words, setWords] = useState('')
  const [busy, begin] = useBusy()
  if (armed === undefined)
    return (
      <div class="buttons" role="toolbar" aria-label={`What to do with ${whom}`}>
        {label === undefined ? null : <span class="muted">{label}</span>}
        {interventions.filter(may).map((one) => (
          <button
            key={one}
            type="button"
            class={one === 'stop' ? 'deny' : ''}
            disabled={!isSent(one) || targets.length === 0}
            onClick={() => {
              if (one === 'stop' && onStop) onStop()
              else setArmed({ verb: one, whom, targets })
            }}
          >
            {LABELS[one]}
          </button>
        ))}
      </div>
    )
  const { verb } = armed
  const close = () => {
    setArmed(undefined)
    setWords('')
  }
  return (
    <form
      class="intervene"
      aria-label={`${verb} ${armed.whom}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (words.trim() === '' || !isSent(verb)) return
        void begin(async () => {
          if (!(await intervene(verb, armed.targets, words.trim()))) return
          close()
          onDone?.()
        })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <label>
        <span>
          {ASKS[verb]} <span class="muted">{armed.whom}</span>
        </span>
        <input
          ref={focused}
          value={words}
          maxLength={verb === 'inject' ? 8_192 : 2_000}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
      </label>
      <Named targets={armed.targets} />
      <div class="buttons">
        <button
          type="submit"
          class={verb === 'stop' ? 'deny' : 'primary'}
          disabled={words.trim() === '' || !isSent(verb) || busy}
        >
          {LABELS[verb].replace(' …', '')} {armed.whom}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  )
}

const NAMED = 20

/** Several are named: some of them may have gone out of sight since they were selected. */
function Named({ targets }: { readonly targets: readonly Target[] }) {
  const names = targets.flatMap((target) => ('agent' in target ? [target.agent] : []))
  if (names.length < 2) return null
  const more = names.length - NAMED
  return (
    <p class="muted named">
      {names.slice(0, NAMED).join(', ')}
      {more > 0 ? ` and ${more} more` : ''}
    </p>
  )
}

const isSent = (verb: Verb): boolean =>
  verb === 'stop' || verb === 'pause' ? isConnected.value : isLive.value
