import { refused } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Answer } from '../domain/commands.ts'
import { OutcomeUnknown, type StoredEvent, StoreUnavailable } from '../store/store.ts'
import { UnreadableAgent } from './unreadable-agent.ts'

/** Every call has its answer within 2 s (PR2); the rest is for the way there and back. */
const COMMAND_TIMEOUT_MS = 1_900

/** What hashes passwords: some tenths of a second of a processor each, and more where many sign in at once. */
export const HASHING_TIMEOUT_MS = 10_000

/** Where what went wrong is written down. */
export interface CommandLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** A command's work. `begin` is called when it leaves the queue; false: nobody waits for it any more. */
type Work<T> = (begin: () => boolean) => Promise<T>

type Refused = Extract<Answer, { readonly ok: false }>

/**
 * PR2: every command ends in one of three answers, and none hangs. What could not begin in time was not done
 * (`unavailable`); what began and did not end may have been (`unknown`).
 */
export function inTime<T>(
  clock: Clock,
  log: CommandLog,
  work: Work<T>,
  withinMs = COMMAND_TIMEOUT_MS,
): Promise<T | Refused> {
  return new Promise((resolve) => {
    let begun = false
    let over = false
    const end = (answer: T | Refused): void => {
      over = true
      cancel()
      resolve(answer)
    }
    const cancel = clock.after(withinMs, () => end(refused(begun ? 'unknown' : 'unavailable')))
    const begin = (): boolean => {
      begun = !over
      return begun
    }
    work(begin).then(end, (error: unknown) => end(explain(error, log)))
  })
}

interface Timing {
  readonly clock: Clock
  readonly log: CommandLog
}

/** As `inTime`, of what no queue holds up: it begins at once, so that what is late may have been done. */
export const atOnceInTime = <T>(
  { clock, log }: Timing,
  work: () => Promise<T>,
  withinMs?: number,
): Promise<T | Refused> =>
  inTime(
    clock,
    log,
    (begin) => {
      begin()
      return work()
    },
    withinMs,
  )

/** What a command came to, for whoever sent it: `events` are what it caused. */
export interface Answered {
  readonly answer: Answer
  readonly events: readonly StoredEvent[]
  readonly replayed?: boolean
}

/** As `atOnceInTime`, of a whole command: a refusal for want of time tells of no events. */
export async function answeredInTime(
  timing: Timing,
  work: () => Promise<Answered>,
  withinMs?: number,
): Promise<Answered> {
  const done = await atOnceInTime(timing, work, withinMs)
  return 'answer' in done ? done : { answer: done, events: [] }
}

/** What the sender is told of what was thrown: a lost dependency passes, anything else is a defect, and is logged. */
export function explain(
  error: unknown,
  log: CommandLog,
  what = 'a command failed',
  fields: Readonly<Record<string, unknown>> = {},
): Refused {
  if (error instanceof OutcomeUnknown) return refused('unknown')
  if (error instanceof StoreUnavailable) return refused('unavailable', error.message)
  log.error({ err: error, ...fields }, what)
  return error instanceof UnreadableAgent ? refused('internal', error.message) : refused('internal')
}
