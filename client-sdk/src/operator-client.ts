import { type EventView, refusal } from '@holdpoint/shared'
import { HoldpointError } from './errors.ts'
import { PeopleRequests } from './operator/people.ts'
import { OperatorSession } from './operator-session.ts'
import type {
  Change,
  ConnectionStatus,
  OperatorClientOptions,
  ReadyOptions,
  ReplicaView,
} from './operator-types.ts'
import { AsyncQueue } from './queue.ts'

/** How many events a reader may lag behind before it is told that it is too slow. */
const EVENTS_KEPT = 10_000

/**
 * A console's connection: a live replica and the operators' requests. Runs in browsers. It connects with the first
 * call of `ready()` or of any request, and reconnects until closed.
 * Reads fail with HoldpointError; commands also with OutcomeUnknownError, whose key asks again (PR2).
 */
export class OperatorClient extends PeopleRequests {
  readonly #closed = new AbortController()

  constructor(options: OperatorClientOptions) {
    super(new OperatorSession(options))
    const { signal } = options
    if (signal?.aborted) void this.close()
    else
      signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.#closed.signal })
  }

  get replica(): ReplicaView {
    return this.session.replica
  }

  get connection(): ConnectionStatus {
    return this.session.connection
  }

  /** The server's clock by our estimate, ms since the epoch; for countdowns only (PR8). */
  serverNow(): number {
    return this.session.serverNow()
  }

  /** Connected and in sync. Errors: HoldpointError (`unauthenticated`, `forbidden`, `unavailable`, …); the signal's reason. */
  ready(options?: ReadyOptions): Promise<void> {
    return this.session.ready(options)
  }

  /**
   * Finds out now whether the connection lives, and makes another where it does not: for a page that was asleep or whose
   * network changed, which would otherwise miss the server's sign of life only in time. Never fails.
   */
  probe(): Promise<void> {
    return this.session.probe()
  }

  /** Told after the replica or the connection changed. Returns the unsubscribe. */
  onChange(listener: (change: Change) => void): () => void {
    return this.session.onChange(listener)
  }

  /**
   * Every event from now on, in order, once. Where so much was missed that a fresh snapshot came instead, events are
   * left out: `onChange` tells of it. Errors: HoldpointError when the client failed, or the reader is too slow.
   */
  events(): AsyncIterableIterator<EventView> {
    const queue = new AsyncQueue<EventView>(EVENTS_KEPT)
    const session = this.session
    const stop = session.onChange((change) => {
      if (change.kind === 'events')
        for (const event of change.events) {
          if (!queue.push(event)) queue.end(tooSlow())
        }
      else if (session.ended) queue.end(session.failure)
    })
    if (session.ended) queue.end(session.failure)
    return {
      next: () => queue.next(),
      return: async () => {
        stop()
        queue.end()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.session.end(new HoldpointError(refusal('unavailable', 'This client was closed.')))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const tooSlow = (): HoldpointError =>
  new HoldpointError(refusal('rate_limited', `More than ${EVENTS_KEPT} events were not read in time.`))
