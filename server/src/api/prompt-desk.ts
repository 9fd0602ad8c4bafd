import { refused } from '@holdpoint/shared'
import type { Cancel, Clock } from '../clock.ts'
import { type CommandLog, explain } from '../commands/in-time.ts'
import type { Desk, Line, Reply } from './line.ts'

/** Every call has its answer within 2 s (PR2); a command's own time-out, which says more, comes first. */
const ANSWER_WITHIN_MS = 1_950
/** What waits for somebody else's server, as long as that takes. */
const ASKS_OTHERS: ReadonlySet<string> = new Set(['channel.test'])

/** How the connections of each namespace are served. */
type Desks<Space extends string> = Readonly<Record<Space, (line: Line) => Desk>>

export interface Promptness {
  prompt<S extends string>(desks: Desks<S>): Desks<S>
  /** Gives up on nothing any more: what was taken is finished. */
  stop(): void
}

/** In a row, the oldest first. One that is over is linked to nothing, and nothing to it. */
interface Waiting {
  readonly giveUpAt: number
  readonly giveUp: () => void
  before: Waiting | undefined
  after: Waiting | undefined
  isOver: boolean
}

/**
 * PR2: a request is more than its command. Who sends it is looked up before, and what it shows is read after it; with a
 * store that takes its time for each, no hang of one step would be the caller's own time-out. What may still be done is
 * `unknown`, and a read `unavailable`. One timer serves all: each waits as long as the others, so the oldest is due first.
 */
export function createPromptness(clock: Clock, log: CommandLog): Promptness {
  // Not a Set: each table that it outgrows leads to the next one, so that once a table has grown old, all that ever waited
  // outlives the quick collections with it, down to requests and answers.
  let oldest: Waiting | undefined
  let newest: Waiting | undefined
  let cancelTimer: Cancel | undefined
  let stopped = false

  const add = (one: Waiting): void => {
    one.before = newest
    if (newest) newest.after = one
    else oldest = one
    newest = one
  }

  /** Returns whether it still waited. */
  const remove = (one: Waiting): boolean => {
    if (one.isOver) return false
    const { before, after } = one
    if (before) before.after = after
    else oldest = after
    if (after) after.before = before
    else newest = before
    one.before = undefined
    one.after = undefined
    one.isOver = true
    return true
  }

  const arm = (): void => {
    if (cancelTimer || stopped || !oldest) return
    cancelTimer = clock.after(oldest.giveUpAt - clock.monotonicMs(), () => {
      cancelTimer = undefined
      while (oldest && oldest.giveUpAt <= clock.monotonicMs()) {
        const one = oldest
        remove(one)
        one.giveUp()
      }
      arm()
    })
  }

  const promptly = (desk: Desk, name: string, payload: unknown): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const one: Waiting = {
        giveUpAt: clock.monotonicMs() + ANSWER_WITHIN_MS,
        giveUp: () => resolve(refused(isCommand(payload) ? 'unknown' : 'unavailable')),
        before: undefined,
        after: undefined,
        isOver: false,
      }
      add(one)
      arm()
      desk.handle(name, payload).then(
        (reply) => {
          remove(one)
          resolve(reply)
        },
        (error: unknown) => {
          if (remove(one)) reject(error)
          else explain(error, log, 'a request failed after its time was up', { request: name.slice(0, 64) })
        },
      )
    })

  return {
    prompt: <S extends string>(desks: Desks<S>) =>
      Object.fromEntries(
        Object.entries<Desks<S>[S]>(desks).map(([space, open]) => [
          space,
          (line: Line): Desk => new PromptDesk(open(line), promptly),
        ]),
      ) as Desks<S>,
    stop() {
      stopped = true
      cancelTimer?.()
    },
  }
}

/** A class, and no closures: each of many connections has one. */
class PromptDesk implements Desk {
  readonly #desk: Desk
  readonly #promptly: (desk: Desk, name: string, payload: unknown) => Promise<Reply>

  constructor(desk: Desk, promptly: (desk: Desk, name: string, payload: unknown) => Promise<Reply>) {
    this.#desk = desk
    this.#promptly = promptly
  }

  handle(name: string, payload: unknown): Promise<Reply> {
    return ASKS_OTHERS.has(name)
      ? this.#desk.handle(name, payload)
      : this.#promptly(this.#desk, name, payload)
  }

  cast(name: string, payload: unknown): ReturnType<Desk['cast']> {
    return this.#desk.cast(name, payload)
  }

  told(reply: Reply): void {
    this.#desk.told?.(reply)
  }

  closed(): void {
    this.#desk.closed()
  }
}

/** Under a key it can be asked for again. */
const isCommand = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && 'key' in payload
