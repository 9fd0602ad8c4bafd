import { type Refusal, refusal } from '@holdpoint/shared'
import type { Clocks } from '../clocks.ts'
import { deferred } from '../deferred.ts'
import { HoldpointError } from '../errors.ts'
import { aborted } from '../signals.ts'
import type { Backoff } from './backoff.ts'
import { leavesDoubt } from './doubt.ts'
import { type Received, type Reply, retryAfterMs } from './reading.ts'
import { Unanswered } from './socket.ts'

export interface PendingOptions {
  /** One try on the present connection. Errors: Unanswered. */
  readonly exchange: (event: string, payload: object) => Promise<Reply>
  readonly clocks: Clocks
  readonly backoff: () => Backoff
  /** Whether a refusal is worth another try under the same key; `retries` counts those made so far. */
  readonly retry: (refusal: Refusal, retries: number) => boolean
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** What a time-out means; `inDoubt` tells whether a try may have been done that had no answer, or none that says. */
  readonly onTimeout?: ((inDoubt: boolean) => Error) | undefined
  /** What any other end without an answer means; by default `error` itself. */
  readonly onFailure?: ((error: unknown, inDoubt: boolean) => unknown) | undefined
}

interface Entry {
  readonly event: string
  readonly payload: object
  readonly backoff: Backoff
  readonly resolve: (body: Received) => void
  readonly reject: (error: unknown) => void
  readonly onFailure: SendOptions['onFailure']
  inFlight: boolean
  /** An earlier try may have been done: no answer came to it, or one that does not say. */
  inDoubt: boolean
  retries: number
  /** Waits for its backoff; calls that off. */
  resting: (() => void) | undefined
}

/**
 * Who awaits a reply, in the order of asking. While the connection is open everything is tried at once; after a loss
 * whatever has no answer goes out again, in that order, as the same message under the same key (PR2, AP7).
 */
export class Pending {
  readonly #options: PendingOptions
  readonly #entries = new Set<Entry>()
  #open = false

  constructor(options: PendingOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** Errors: HoldpointError; the signal's reason; what `onTimeout` and `onFailure` make. */
  async send(event: string, payload: object, options: SendOptions = {}): Promise<Received> {
    options.signal?.throwIfAborted()
    const { promise, resolve, reject } = deferred<Received>()
    const entry: Entry = {
      event,
      // A copy: what goes out again must be what went out first, whatever the caller does to its objects.
      payload: structuredClone(payload),
      backoff: this.#options.backoff(),
      resolve,
      reject,
      onFailure: options.onFailure,
      inFlight: false,
      inDoubt: false,
      retries: 0,
      resting: undefined,
    }
    this.#entries.add(entry)
    const giveUp =
      options.timeoutMs === undefined
        ? undefined
        : this.#options.clocks.after(options.timeoutMs, () =>
            reject(options.onTimeout?.(isInDoubt(entry)) ?? new HoldpointError(refusal('unavailable'))),
          )
    this.#try(entry)
    try {
      return await aborted(options.signal, promise)
    } finally {
      giveUp?.()
      entry.resting?.()
      this.#entries.delete(entry)
    }
  }

  /** The connection is up and the server knows who we are. */
  open(): void {
    this.#open = true
    for (const entry of [...this.#entries]) this.#try(entry)
  }

  /** The connection is gone; what has no answer waits for the next. */
  suspend(): void {
    this.#open = false
  }

  /** Nothing of this will be answered any more. */
  fail(error: Error, spare: (event: string) => boolean = () => false): void {
    for (const entry of [...this.#entries]) if (!spare(entry.event)) this.#reject(entry, error)
  }

  #try(entry: Entry): void {
    if (!this.#open || entry.inFlight || entry.resting) return
    entry.inFlight = true
    this.#options.exchange(entry.event, entry.payload).then(
      (reply) => this.#replied(entry, reply),
      (error: unknown) => this.#failed(entry, error),
    )
  }

  #replied(entry: Entry, reply: Reply): void {
    entry.inFlight = false
    if (reply.ok) {
      entry.resolve(reply.body)
      return
    }
    entry.inDoubt ||= leavesDoubt(reply.error)
    if (this.#options.retry(reply.error, entry.retries)) {
      entry.retries += 1
      this.#rest(entry, retryAfterMs(reply.error))
    } else this.#reject(entry, new HoldpointError(reply.error))
  }

  #failed(entry: Entry, error: unknown): void {
    entry.inFlight = false
    if (!(error instanceof Unanswered)) {
      this.#reject(entry, error)
      return
    }
    entry.inDoubt = true
    // After a loss the next `open` sends all that is pending, in order; a rest of its own would break that.
    if (!error.lost) this.#rest(entry)
  }

  #reject(entry: Entry, error: unknown): void {
    entry.reject(entry.onFailure ? entry.onFailure(error, isInDoubt(entry)) : error)
  }

  #rest(entry: Entry, atLeastMs = 0): void {
    // Nobody waits for it any more: no timer may be left behind.
    if (!this.#entries.has(entry)) return
    const cancel = this.#options.clocks.after(Math.max(atLeastMs, entry.backoff.next()), () => {
      entry.resting = undefined
      this.#try(entry)
    })
    entry.resting = () => {
      cancel()
      entry.resting = undefined
    }
  }
}

const isInDoubt = ({ inFlight, inDoubt }: Entry): boolean => inFlight || inDoubt
