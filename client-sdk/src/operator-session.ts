import { newId, type OperatorRequestName, type OrderView, PROTOCOL_MINOR, refusal } from '@holdpoint/shared'
import { type Clocks, systemClocks } from './clocks.ts'
import { backoff } from './connection/backoff.ts'
import { isDefinite } from './connection/doubt.ts'
import { Link } from './connection/link.ts'
import { Pending } from './connection/pending.ts'
import type { Received } from './connection/reading.ts'
import { CONNECTION_REFUSED, type Connection, Unanswered } from './connection/socket.ts'
import { deferred } from './deferred.ts'
import { HoldpointError, outcomeUnknown } from './errors.ts'
import { type Logger, silent } from './logger.ts'
import type {
  CallOptions,
  Change,
  CommandOptions,
  ConnectionStatus,
  OperatorClientOptions,
  ReadyOptions,
} from './operator-types.ts'
import { Replica } from './replica.ts'
import { ReplicaSync } from './replica-sync.ts'
import { watchLife } from './sign-of-life.ts'
import { aborted } from './signals.ts'

const REQUEST_TIMEOUT_MS = 10_000
/** A lost connection is a blip for so long; after it, what is shown may be out of date. */
const BLIP_MS = 10_000
/** Who woke up has an answer in this time, or a new connection. */
const PROBE_TIMEOUT_MS = 2_000

/** One console's connection: its state, the replica that is kept in step over it, and requests that end in one of three ways (PR2). */
export class OperatorSession {
  readonly replica = new Replica()
  readonly clocks: Clocks
  readonly #logger: Logger
  readonly #timeoutMs: number
  readonly #link: Link
  readonly #pending: Pending
  readonly #sync: ReplicaSync
  readonly #ready = deferred<void>()
  readonly #listeners = new Set<(change: Change) => void>()
  #ended: HoldpointError | undefined
  #failure: HoldpointError | undefined
  #connection: ConnectionStatus
  #cancelStale: () => void = () => {}
  #endWatch: () => void = () => {}
  /** Why the last try to connect failed, and what the server said where it was there. */
  #lastMiss: { readonly reason: string; readonly refused: HoldpointError | undefined } | undefined
  /** Those that wait to become ready, told whenever nothing listens at the address, or what does lets nobody in. */
  readonly #refused = new Set<() => void>()
  #looking: string | undefined
  #serverMinor = PROTOCOL_MINOR

  constructor(options: OperatorClientOptions) {
    this.clocks = options.clocks ?? systemClocks
    this.#logger = options.logger ?? silent
    this.#timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS
    this.#connection = { status: 'reconnecting', since: this.clocks.wall() }
    this.#link = new Link(
      {
        url: options.url,
        namespace: '/operator',
        token: options.token,
        clocks: this.clocks,
        logger: this.#logger,
      },
      {
        establish: (connection) => this.#establish(connection),
        received: (event, payload) => this.#sync.received(event, payload),
        lost: () => this.#lost(),
        missed: (reason, refused) => this.#missed(reason, refused),
        failed: (error) => this.end(error, error),
      },
    )
    this.#sync = new ReplicaSync(this.replica, {
      clocks: this.clocks,
      logger: this.#logger,
      timeoutMs: this.#timeoutMs,
      live: () => (this.#isUp ? this.#link.connection : undefined),
      isInUse: (connection) => this.#link.connection === connection && !this.#ended,
      drop: (reason) => this.#link.drop(reason),
      tell: (change) => this.#tell(change),
    })
    this.#pending = new Pending({
      exchange: async (event, payload) => {
        const { connection } = this.#link
        if (!connection) throw new Unanswered('not connected', true)
        // What the caller caused comes in the ack, and must be folded in before what came later (PROTOCOL: feed).
        return connection.exchange(event, payload, this.#timeoutMs, ({ body }) => {
          this.#sync.fold(body.events)
          // What it caused went out with the first answer, which was lost, and the feed leaves it out for good.
          if (body.replayed === true) this.#sync.resync()
        })
      },
      clocks: this.clocks,
      backoff: () => backoff(),
      // A person is waiting: one more try under the same key, then it is the person's to ask again.
      retry: ({ code }, retries) =>
        retries === 0 && (code === 'draining' || code === 'unavailable' || code === 'unknown'),
    })
  }

  get connection(): ConnectionStatus {
    return this.#connection
  }

  serverNow(): number {
    return this.#link.serverNow()
  }

  /** The minor version of the protocol that the server speaks, as it said last. Errors: as `ready`. */
  async serverMinor({ signal, timeoutMs = this.#timeoutMs }: CallOptions = {}): Promise<number> {
    await this.ready({ signal, timeoutMs })
    return this.#serverMinor
  }

  async ready({ signal, timeoutMs, refusedMs }: ReadyOptions = {}): Promise<void> {
    const since = this.clocks.monotonic()
    const late = deferred<never>()
    const giveUp = () => late.reject(this.#notReady())
    const cancel = timeoutMs === undefined ? () => {} : this.clocks.after(timeoutMs, giveUp)
    const refused = () => {
      if (refusedMs !== undefined && this.clocks.monotonic() - since >= refusedMs) giveUp()
    }
    this.#refused.add(refused)
    this.#link.open()
    try {
      await aborted(signal, Promise.race([this.#ready.promise, late.promise]))
    } finally {
      this.#refused.delete(refused)
      cancel()
    }
  }

  #missed(reason: string, refused: HoldpointError | undefined): void {
    this.#lastMiss = { reason, refused }
    if (reason === CONNECTION_REFUSED || isRefusal(refused)) for (const told of [...this.#refused]) told()
  }

  /** A server that answers and lets nobody in with this token is not one that is away. */
  #notReady(): HoldpointError {
    const refused = this.#lastMiss?.refused
    if (isRefusal(refused)) return refused
    const message = refused ? `The server can't serve now: ${refused.message}` : this.#silence()
    return new HoldpointError(refusal('unavailable', message), { cause: refused })
  }

  #silence(): string {
    return this.#lastMiss === undefined
      ? 'The server did not answer in time.'
      : `The server could not be reached: ${this.#lastMiss.reason.replace(/\.$/, '')}.`
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Errors: HoldpointError, `unavailable` on time-out; the signal's reason. */
  async read(
    event: OperatorRequestName,
    payload: object,
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<Received> {
    this.#begin()
    return this.#pending.send(event, payload, {
      signal,
      timeoutMs: timeoutMs ?? this.#timeoutMs,
      onTimeout: () => new HoldpointError(refusal('unavailable', this.#silence())),
    })
  }

  /**
   * Errors: as `read`; OutcomeUnknownError with the key once a try had no answer, or one that does not say, and nothing that
   * came after it does (PR2).
   */
  async command(
    event: OperatorRequestName,
    payload: object,
    options: CommandOptions = {},
  ): Promise<Received> {
    this.#begin()
    const { signal, timeoutMs, key = newId() } = options
    return this.#pending.send(
      event,
      { key, ...payload },
      {
        signal,
        timeoutMs: timeoutMs ?? this.#timeoutMs,
        onTimeout: (inDoubt) =>
          inDoubt
            ? outcomeUnknown(key)
            : new HoldpointError(refusal('unavailable', 'It could not be done in time, and was not.')),
        onFailure: (error, inDoubt) => (inDoubt && !provesIt(error) ? outcomeUnknown(key, error) : error),
      },
    )
  }

  /**
   * Finds out now whether the connection lives; where none does, another is tried at once. So it is where a sleep left the
   * server's clock unknown: each connection begins with it (PR8).
   */
  async probe(): Promise<void> {
    const { connection } = this.#link
    if (this.#ended) return
    if (!connection) return this.#link.hurry()
    // on its way up, with time limits of its own
    if (!this.#isUp) return
    const renew = (why: string) => {
      this.#link.drop(why)
      this.#link.hurry()
    }
    if (!this.#link.knowsTime) return renew('its clock stood still in a sleep')
    try {
      await connection.exchange('person.me', {}, PROBE_TIMEOUT_MS)
    } catch {
      if (this.#link.connection === connection) renew('it did not answer after a sleep')
    }
  }

  /** Keeps these agents' presence coming, over reconnects too. */
  watch(ids: readonly string[]): void {
    this.#sync.watch(ids)
  }

  /** Says what is before the person, over reconnects too; nobody waits for it. */
  look(id: string | undefined): void {
    this.#looking = id
    this.#link.connection?.exchange('looking', { id }, this.#timeoutMs).catch(() => {})
  }

  seen(ids: readonly string[]): void {
    this.#sync.seen(ids)
  }

  end(error: HoldpointError, failure?: HoldpointError): void {
    if (this.#ended) return
    this.#ended = error
    this.#failure = failure
    this.#cancelStale()
    this.#endWatch()
    this.#sync.stop()
    this.#link.close()
    this.#ready.reject(error)
    this.#pending.fail(error)
    this.#turn('stale')
  }

  countHeld(orders: readonly OrderView[]): void {
    this.replica.countHeld(orders)
    this.#tell({ kind: 'orders' })
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** Why it ended, unless it was closed. */
  get failure(): HoldpointError | undefined {
    return this.#failure
  }

  // ── connection ────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    if (this.#ended) throw this.#ended
    this.#link.open()
  }

  async #establish(connection: Connection): Promise<void> {
    this.#serverMinor = connection.hello.minor
    await this.#sync.catchUp(connection)
    if (this.#looking !== undefined) this.look(this.#looking)
    this.#lastMiss = undefined
    this.#turn('live')
    this.#pending.open()
    this.#ready.resolve()
    this.#sync.live(connection)
    this.#endWatch = watchLife(connection, {
      clocks: this.clocks,
      told: (silentMs) => this.#heard(silentMs),
    })
  }

  /** In sync on a connection that is not known to be lost. */
  get #isUp(): boolean {
    return this.#connection.status === 'live' || this.#connection.status === 'silent'
  }

  #heard(silentMs: number | undefined): void {
    if (!this.#isUp) return
    if (silentMs === undefined) this.#turn('live')
    else this.#turn('silent', this.clocks.wall() - silentMs)
  }

  #lost(): void {
    this.#endWatch()
    this.#pending.suspend()
    this.#sync.lost()
    if (!this.#ended) this.#turn('reconnecting')
  }

  #turn(status: ConnectionStatus['status'], since = this.clocks.wall()): void {
    const before = this.#connection
    if (before.status === status || (status === 'reconnecting' && before.status === 'stale')) return
    this.#cancelStale()
    // what is shown is as old as the last sign of life, and grows no younger by the loss of the connection
    const from = status === 'reconnecting' && before.status === 'silent' ? before.since : since
    this.#connection = { status, since: from }
    if (status === 'reconnecting') {
      const leftMs = Math.min(BLIP_MS, Math.max(0, BLIP_MS - (this.clocks.wall() - from)))
      this.#cancelStale = this.clocks.after(leftMs, () => this.#turn('stale', from), true)
    }
    this.#tell({ kind: 'connection', connection: this.#connection })
  }

  #tell(change: Change): void {
    for (const listener of [...this.#listeners])
      try {
        listener(change)
      } catch (error) {
        // One listener's fault must not keep the replica from the others.
        this.#logger.warn('a listener failed', { error: String(error) })
      }
  }
}

/** Whether it says more than that this is not the moment. */
const isRefusal = (
  refused: HoldpointError | undefined,
): refused is HoldpointError & { readonly retryable: false } => refused !== undefined && !refused.retryable

/** Whether it settles what became of the tries before it. */
const provesIt = (error: unknown): boolean => error instanceof HoldpointError && isDefinite(error.code)
