import type { Target } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { intervene, interventions, may, type Verb } from '../state/intervene.ts'
import { isLive } from '../state/live.ts'
import { focused } from './focused.ts'

interface Props {
  /** Whom it is for, in words: `3 agents`. */
  readonly whom: string
  readonly targets: readonly Target[]
  readonly onDone?: () => void
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

/** Pauses, resumes, stops, reinstates or instructs, each with the words that are kept with it (IN1). */
export function InterveneBar({ whom, targets, onDone }: Props) {
  const [verb, setVerb] = useState<Verb>()
  const [words, setWords] = useState('')
  if (verb === undefined)
    return (
      <div class="buttons" role="toolbar" aria-label={`What to do with ${whom}`}>
        {interventions.filter(may).map((one) => (
          <button
            key={one}
            type="button"
            class={one === 'stop' ? 'deny' : ''}
            disabled={!isLive.value || targets.length === 0}
            onClick={() => setVerb(one)}
          >
            {LABELS[one]}
          </button>
        ))}
      </div>
    )
  const close = () => {
    setVerb(undefined)
    setWords('')
  }
  return (
    <form
      class="intervene"
      aria-label={`${verb} ${whom}`}
      onSubmit={async (event) => {
        event.preventDefault()
        if (words.trim() === '' || !isLive.value) return
        if (await intervene(verb, targets, words.trim())) {
          close()
          onDone?.()
        }
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <label>
        <span>
          {ASKS[verb]} <span class="muted">{whom}</span>
        </span>
        <input
          ref={focused}
          value={words}
          maxLength={verb === 'inject' ? 8_192 : 2_000}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button
          type="submit"
          class={verb === 'stop' ? 'deny' : 'primary'}
          disabled={words.trim() === '' || !isLive.value}
        >
          {LABELS[verb].replace(' …', '')} {whom}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  )
}
