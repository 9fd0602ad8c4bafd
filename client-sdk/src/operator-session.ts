import {
  type EventView,
  newId,
  type OperatorRequestName,
  type Presence,
  refusal,
  type Snapshot,
} from '@holdpoint/shared'
import { readBeyondSnapshot } from './beyond-snapshot.ts'
import { type Clocks, systemClocks } from './clocks.ts'
import { backoff } from './connection/backoff.ts'
import { isDefinite } from './connection/doubt.ts'
import { Link } from './connection/link.ts'
import { Pending } from './connection/pending.ts'
import { isObject, type Received } from './connection/reading.ts'
import { CONNECTION_REFUSED, type Connection, Refused, Unanswered } from './connection/socket.ts'
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
import { aborted } from './signals.ts'

const REQUEST_TIMEOUT_MS = 10_000
/** A lost connection is a blip for so long; after it, what is shown may be out of date. */
const BLIP_MS = 10_000
/** What is missing in the feed may be on its way in an ack: so long before it is asked for. */
const GAP_PATIENCE_MS = 300
/** Who woke up has an answer in this time, or a new connection. */
const PROBE_TIMEOUT_MS = 2_000
/** Where what a snapshot had no room for could not be read. */
const LOAD_AGAIN_MS = 5_000
/** Displayed approvals are reported together. */
const SEEN_BATCH_MS = 250
const SEEN_BATCH = 200

/** One console's connection: the replica kept in step, and requests that end in one of three ways (PR2). */
export class OperatorSession {
  readonly replica = new Replica()
  readonly clocks: Clocks
  readonly #logger: Logger
  readonly #timeoutMs: number
  readonly #link: Link
  readonly #pending: Pending
  readonly #ready = deferred<void>()
  readonly #listeners = new Set<(change: Change) => void>()
  #ended: HoldpointError | undefined
  #failure: HoldpointError | undefined
  #connection: ConnectionStatus
  #cancelStale: () => void = () => {}
  #cancelGap: () => void = () => {}
  #cancelLoading: () => void = () => {}
  /** The connection that reads what the snapshot had no room for. */
  #loadingOn: Connection | undefined
  #cursor: string | undefined
  /** Which feed the cursor and the replica are of. */
  #feed: { readonly storeEpoch: unknown; readonly partition: unknown } | undefined
  /** The seq that the cursor stands at. */
  #cursorSeq = 0
  #syncing: Promise<boolean> | undefined
  /** Frames that came while the replica was being brought up to date. */
  #early: Received[] = []
  /** Why the last try to connect failed. */
  #lastMiss: string | undefined
  /** Those that wait to become ready, told whenever nothing listens at the address. */
  readonly #refused = new Set<() => void>()
  #waiting = true
  #watched: readonly string[] = []
  /** The replica began anew with another history: those that are watched are to be asked for. */
  #agentsForgotten = false
  #looking: string | undefined
  #seen = new Set<string>()
  #cancelSeen: (() => void) | undefined

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
        received: (event, payload) => this.#received(event, payload),
        lost: () => this.#lost(),
        missed: (reason) => this.#missed(reason),
        failed: (error) => this.end(error, error),
      },
    )
    this.#pending = new Pending({
      exchange: async (event, payload) => {
        const { connection } = this.#link
        if (!connection) throw new Unanswered('not connected', true)
        // What the caller caused comes in the ack, and must be folded in before what came later (PROTOCOL: feed).
        return connection.exchange(event, payload, this.#timeoutMs, ({ body }) => {
          this.#fold(body.events)
          // What it caused went out with the first answer, which was lost, and the feed leaves it out for good.
          if (body.replayed === true) this.#resync()
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

  async ready({ signal, timeoutMs, refusedMs }: ReadyOptions = {}): Promise<void> {
    const since = this.clocks.monotonic()
    const late = deferred<never>()
    const giveUp = () => late.reject(new HoldpointError(refusal('unavailable', this.#silence())))
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

  #missed(reason: string): void {
    this.#lastMiss = reason
    if (reason === CONNECTION_REFUSED) for (const refused of [...this.#refused]) refused()
  }

  #silence(): string {
    return this.#lastMiss === undefined
      ? 'The server did not answer in time.'
      : `The server could not be reached: ${this.#lastMiss}.`
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
    if (this.#connection.status !== 'live') return
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
    this.#watched = ids
  }

  /** Says what is before the person, over reconnects too; nobody waits for it. */
  look(id: string | undefined): void {
    this.#looking = id
    this.#link.connection?.exchange('looking', { id }, this.#timeoutMs).catch(() => {})
  }

  seen(ids: readonly string[]): void {
    for (const id of ids) this.#seen.add(id)
    this.#cancelSeen ??= this.clocks.after(SEEN_BATCH_MS, () => void this.#flushSeen(), true)
  }

  end(error: HoldpointError, failure?: HoldpointError): void {
    if (this.#ended) return
    this.#ended = error
    this.#failure = failure
    this.#cancelStale()
    this.#cancelGap()
    this.#cancelLoading()
    this.#cancelSeen?.()
    this.#link.close()
    this.#ready.reject(error)
    this.#pending.fail(error)
    this.#turn('stale')
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
    await this.#sync(connection)
    await this.#watchAgain(connection)
    if (this.#looking !== undefined) this.look(this.#looking)
    this.#lastMiss = undefined
    this.#turn('live')
    this.#pending.open()
    this.#ready.resolve()
    void this.#loadBeyond(connection)
    if (this.#seen.size > 0 || this.replica.approvals.size > 0) this.seen([])
  }

  async #watchAgain(connection: Connection): Promise<void> {
    this.#agentsForgotten = false
    if (this.#watched.length === 0) return
    const reply = await connection.exchange('agents.watch', { ids: this.#watched }, this.#timeoutMs)
    if (reply.ok) for (const agent of listOf(reply.body.agents)) this.replica.seeAgent(agent as never)
  }

  #lost(): void {
    this.#pending.suspend()
    this.#cancelGap()
    this.#cancelLoading()
    this.#waiting = true
    this.replica.forgetEarly()
    if (this.replica.lookOn([])) this.#tell({ kind: 'onlookers' })
    if (!this.#ended) this.#turn('reconnecting')
  }

  #turn(status: ConnectionStatus['status']): void {
    if (
      this.#connection.status === status ||
      (status === 'reconnecting' && this.#connection.status === 'stale')
    )
      return
    this.#cancelStale()
    this.#connection = { status, since: this.clocks.wall() }
    if (status === 'reconnecting')
      this.#cancelStale = this.clocks.after(BLIP_MS, () => this.#turn('stale'), true)
    this.#tell({ kind: 'connection', connection: this.#connection })
  }

  // ── replica ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Brings the replica up to date; frames that come meanwhile wait, for they may be of what the answer leaves out. */
  async #sync(connection: Connection): Promise<void> {
    this.#early = []
    try {
      await this.#syncPages(connection)
    } finally {
      this.#waiting = false
    }
    if (this.#agentsForgotten) await this.#watchAgain(connection)
    for (const frame of this.#early.splice(0)) this.#hear(frame)
  }

  /** Reads what the snapshot had no room for; one at a time, and again where it failed. */
  async #loadBeyond(connection: Connection): Promise<void> {
    if (this.replica.loaded === 'whole' || this.#loadingOn === connection) return
    this.#loadingOn = connection
    this.replica.markLoading('loading')
    try {
      await readBeyondSnapshot({
        replica: this.replica,
        ask: async (event, payload) => {
          const reply = await connection.exchange(event, payload, this.#timeoutMs)
          if (!reply.ok) throw new HoldpointError(reply.error)
          return reply.body
        },
        took: () => this.#tell({ kind: 'snapshot' }),
      })
    } catch (error) {
      // a lost connection ends it, and the next one begins again
      if (this.#link.connection !== connection || this.#ended) return
      this.#logger.warn('could not read what the snapshot had no room for', { error: String(error) })
      this.replica.markLoading('failed')
      this.#tell({ kind: 'snapshot' })
      this.#cancelLoading = this.clocks.after(LOAD_AGAIN_MS, () => void this.#loadBeyond(connection), true)
    } finally {
      if (this.#loadingOn === connection) this.#loadingOn = undefined
    }
  }

  /** Snapshot or what came since the cursor, page by page, until nothing is missing. */
  async #syncPages(connection: Connection): Promise<void> {
    this.#waiting = true
    for (let more = true; more; ) {
      const reply = await connection.exchange('sync', { cursor: this.#cursor }, this.#timeoutMs)
      if (!reply.ok) {
        // A cursor that the server won't have: a fresh snapshot is always to be had.
        if (this.#cursor !== undefined && reply.error.code !== 'unauthenticated' && !reply.error.retryable) {
          this.#cursor = undefined
          continue
        }
        throw reply.error.retryable
          ? new Error(reply.error.message)
          : new Refused(new HoldpointError(reply.error))
      }
      this.#takePage(reply.body)
      more = reply.body.more === true
    }
  }

  #takePage({ snapshot, events, cursor, storeEpoch, partition, seq }: Received): void {
    if (typeof cursor !== 'string' || typeof seq !== 'number')
      throw new Error('an answer to sync that is none')
    const page = eventsOf(events)
    const isOther =
      this.#feed !== undefined && (this.#feed.storeEpoch !== storeEpoch || this.#feed.partition !== partition)
    if (isOther) this.replica.forgetEarly()
    if (isObject(snapshot)) {
      const rewritten = isOther || seq < this.replica.seq
      // Where the snapshot stands: before the events that came with it, or at the end of the page.
      this.replica.reset(snapshot as unknown as Snapshot, page[0] ? page[0].seq - 1 : seq, rewritten)
      this.#agentsForgotten ||= rewritten
      this.#tell({ kind: 'snapshot', ...(rewritten && { rewritten }) })
      if (this.replica.approvals.size > 0) this.seen([])
    }
    this.#cursor = cursor
    this.#cursorSeq = seq
    this.#feed = { storeEpoch, partition }
    this.#applied([...this.replica.take(page), ...this.replica.skipTo(seq)])
  }

  #received(event: string, payload: unknown): void {
    if (!isObject(payload)) return
    if (event === 'presence') {
      const { onlookers } = payload
      if (Array.isArray(onlookers) && this.replica.lookOn(listOf(onlookers)))
        this.#tell({ kind: 'onlookers' })
      const agents = this.replica.present(payload as unknown as Presence)
      if (agents.length > 0) this.#tell({ kind: 'presence', agents })
    } else if (event === 'feed') {
      if (this.#waiting) this.#early.push(payload)
      else this.#hear(payload)
    }
  }

  #hear({ storeEpoch, partition, events }: Received): void {
    if (this.#feed && (this.#feed.storeEpoch !== storeEpoch || this.#feed.partition !== partition))
      this.#resync()
    else this.#fold(events)
  }

  #fold(events: unknown): void {
    if (!Array.isArray(events)) return
    this.#applied(this.replica.take(eventsOf(events)))
  }

  #applied(events: readonly EventView[]): void {
    if (events.length > 0) this.#tell({ kind: 'events', events })
    // AP11: that it got here is told too, whether or not anybody looks.
    if (
      events.some(
        ({ data }) => isObject(data) && isObject(data.approval) && data.approval.status === 'pending',
      )
    )
      this.seen([])
    this.#cancelGap()
    if (this.replica.hasGap) this.#cancelGap = this.clocks.after(GAP_PATIENCE_MS, () => this.#resync(), true)
  }

  #resync(): void {
    void this.#syncNow()
  }

  /** Asks for what is missing, on this connection; joins one that is under way. False where it failed. */
  #syncNow(): Promise<boolean> {
    const { connection } = this.#link
    if (!connection || this.#connection.status !== 'live') return Promise.resolve(false)
    this.#syncing ??= this.#sync(connection)
      .then(() => {
        void this.#loadBeyond(connection)
        return true
      })
      .catch((error: unknown) => {
        this.#logger.warn('could not bring the replica up to date', { error: String(error) })
        this.#link.drop('the replica could not be brought up to date')
        return false
      })
      .finally(() => {
        this.#syncing = undefined
      })
    return this.#syncing
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

  /** A cursor says up to where the feed was received, and frames bring none: the newest is asked for first. */
  async #flushSeen(): Promise<void> {
    this.#cancelSeen = undefined
    if (this.replica.seq > this.#cursorSeq && !(await this.#syncNow())) return
    const { connection } = this.#link
    if (!connection || this.#cursor === undefined || this.#connection.status !== 'live') return
    const ids = [...this.#seen].slice(0, SEEN_BATCH)
    for (const id of ids) this.#seen.delete(id)
    connection.exchange('seen', { ids, cursor: this.#cursor }, this.#timeoutMs).catch(() => {})
    if (this.#seen.size > 0) this.seen([])
  }
}

/** Whether it settles what became of the tries before it. */
const provesIt = (error: unknown): boolean => error instanceof HoldpointError && isDefinite(error.code)

const listOf = (value: unknown): readonly Received[] => (Array.isArray(value) ? value.filter(isObject) : [])

const eventsOf = (value: unknown): readonly EventView[] =>
  listOf(value).filter(({ seq }) => typeof seq === 'number') as unknown as readonly EventView[]
