import { HoldpointError, OutcomeUnknownError } from '@holdpoint/client/operator'
import { ofPerson } from './of-person.ts'

/** One sentence about what was just done, or why it was not. */
export interface Notice {
  readonly id: number
  readonly tone: 'good' | 'bad' | 'neutral'
  readonly text: string
  /** Asks again with the same key, where nobody knows whether it was done (PR2). */
  readonly again?: (() => void) | undefined
}

export const notices = ofPerson<readonly Notice[]>([])

const SHOWN_MS = 6_000
let count = 0

export function tell(tone: Notice['tone'], text: string, again?: () => void): void {
  count += 1
  const notice = { id: count, tone, text, again }
  notices.value = [...notices.value.slice(-3), notice]
  if (tone !== 'bad') setTimeout(() => dismiss(notice.id), SHOWN_MS)
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id)
}

/**
 * Runs a command and tells how it went. `run` gets the key; where the outcome is unknown the notice offers to ask again
 * with that very key, which gives the first answer and never does it twice. Resolves with whether it was done.
 */
export async function act<R>(
  done: string | ((result: R) => string),
  run: (key?: string) => Promise<R>,
  key?: string,
): Promise<boolean> {
  try {
    const result = await run(key)
    tell('good', typeof done === 'string' ? done : done(result))
    return true
  } catch (error) {
    if (error instanceof OutcomeUnknownError)
      tell('bad', 'No answer came: whether it was done is not known.', () => void act(done, run, error.key))
    else if (error instanceof HoldpointError && error.code === 'already_decided')
      tell('neutral', 'Somebody decided this first; their decision stands.')
    else tell('bad', error instanceof Error ? error.message : String(error))
    return false
  }
}
