import { HoldpointError, type Intent, OutcomeUnknownError } from '@holdpoint/client/operator'
import type { ApprovalView, TicketView } from '@holdpoint/shared'
import { ofPerson } from './of-person.ts'
import { isUnderWay, settle } from './settle.ts'

/** One sentence about what was just done, or why it was not. */
export interface Notice {
  readonly id: number
  readonly tone: 'good' | 'bad' | 'neutral'
  readonly text: string
  /** Asks again with the same key, where nobody knows whether it was done (PR2). */
  readonly again?: (() => void) | undefined
  /** What it was done to, where that is one item. */
  readonly about?: About | undefined
}

/** An item, in words, and the page that it is on. */
export interface About {
  readonly id: string
  readonly page: 'queue' | 'tickets'
  readonly words: string
}

export const aboutApproval = ({
  id,
  action,
  agent,
}: Pick<ApprovalView, 'id' | 'action' | 'agent'>): About => ({
  id,
  page: 'queue',
  words: `${action} by ${agent}`,
})
export const aboutTicket = ({ id, kind, reason, agent }: TicketView): About => ({
  id,
  page: 'tickets',
  words: `${kind === 'question' ? 'the question' : reason} of ${agent}`,
})

export const notices = ofPerson<readonly Notice[]>([])

const SHOWN_MS = 6_000
const MOST = 4
let count = 0

/** Returns what `dismiss` takes. */
export function tell(
  tone: Notice['tone'],
  text: string,
  { again, about }: Pick<Notice, 'again' | 'about'> = {},
): number {
  count += 1
  const notice = { id: count, tone, text, again, about }
  // a hint that is given again takes the place of the one before; of what was done or failed each counts
  const others = notices.value.filter((one) => tone !== 'neutral' || one.tone !== tone || one.text !== text)
  notices.value = roomFor(others, notice)
  if (tone !== 'bad') setTimeout(() => dismiss(notice.id), SHOWN_MS)
  return notice.id
}

/** No failure is pushed away by what went well; of failures alone the oldest goes. */
function roomFor(before: readonly Notice[], notice: Notice): readonly Notice[] {
  if (before.length < MOST) return [...before, notice]
  const spare = before.find(({ tone }) => tone !== 'bad') ?? before[0]
  return [...before.filter((one) => one !== spare), notice]
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id)
}

/** Once it was done, or the item has ended, why it failed before is of no more use. */
export function settled(id: string): void {
  notices.value = notices.value.filter(({ tone, about }) => tone !== 'bad' || about?.id !== id)
}

export const STILL_ASKING = 'No answer yet: whether it was done is unknown. Asking again …'

/** Some of several have it, and for the others nobody knows, or they could not be reached: asked again, nobody gets it twice. */
export class DoneForSome extends OutcomeUnknownError {}

export interface Failure {
  readonly tone: Notice['tone']
  readonly text: string
  /** Nobody knows whether it was done: the same order, given again, finds out. */
  readonly isUnknown: boolean
}

/** Why a command was not done, for the person who gave it. */
export function howItFailed(error: unknown): Failure {
  if (error instanceof DoneForSome) return { tone: 'bad', text: error.message, isUnknown: true }
  if (error instanceof OutcomeUnknownError)
    return { tone: 'bad', text: 'No answer came: whether it was done is not known.', isUnknown: true }
  if (error instanceof HoldpointError && error.code === 'already_decided')
    return {
      tone: 'neutral',
      text: 'Somebody decided this first; their decision stands.',
      isUnknown: false,
    }
  return { tone: 'bad', text: error instanceof Error ? error.message : String(error), isUnknown: false }
}

/**
 * Runs a command and tells how it went; `run` gets the key. Where no answer comes it is asked again under that very key,
 * which gives the first answer and never does it twice; so it is when the same person gives the same order once more.
 * Resolves with whether it was done.
 */
export async function act<R>(
  intent: Intent,
  done: string | ((result: R) => string),
  run: (key: string) => Promise<R>,
  about?: About,
): Promise<boolean> {
  // pressed twice: the first press tells how it went
  if (isUnderWay(intent))
    return settle(intent, run).then(
      () => true,
      () => false,
    )
  let waiting: number | undefined
  const quiet = () => {
    if (waiting !== undefined) dismiss(waiting)
  }
  try {
    const result = await settle(intent, run, () => {
      quiet()
      waiting = tell('bad', STILL_ASKING, { about })
    })
    quiet()
    if (about) settled(about.id)
    tell('good', typeof done === 'string' ? done : done(result))
    return true
  } catch (error) {
    quiet()
    const { tone, text, isUnknown } = howItFailed(error)
    tell(tone, text, { about, ...(isUnknown && { again: () => void act(intent, done, run, about) }) })
    return false
  }
}
