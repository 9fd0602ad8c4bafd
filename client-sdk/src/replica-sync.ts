import type { EventView, Presence, Snapshot } from '@holdpoint/shared'
import { readBeyondSnapshot } from './beyond-snapshot.ts'
import type { Clocks } from './clocks.ts'
import { isObject, type Received } from './connection/reading.ts'
import { type Connection, Refused } from './connection/socket.ts'
import { HoldpointError } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Change } from './operator-types.ts'
import type { Replica } from './replica.ts'

/** What is missing in the feed may be on its way in an ack: so long before it is asked for. */
const GAP_PATIENCE_MS = 300
/** Where what a snapshot had no room for could not be read. */
const LOAD_AGAIN_MS = 5_000
/** Displayed approvals are reported together. */
const SEEN_BATCH_MS = 250
/**
 * How long what fills the replica may take: it is as long as a message may be, which a slow line needs far longer for than
 * for any other answer, and tried again it would take as long.
 */
const LONG_ANSWER_MS = 30_000
const SEEN_BATCH = 200

/** What keeping a replica in step needs of the session that it is kept for. */
export interface SyncPorts {
  readonly clocks: Clocks
  readonly logger: Logger
  /** For each exchange. */
  readonly timeoutMs: number
  /** The connection on which the replica was brought up to date, while it lasts. */
  readonly live: () => Connection | undefined
  readonly isInUse: (connection: Connection) => boolean
  readonly drop: (reason: string) => void
  readonly tell: (change: Change) => void
}

/**
 * Keeps a console's replica in step with the log, over any number of connections: a snapshot or what came since the cursor, then the
 * feed, and what is missing asked for. Reports what was displayed, because that is told with the cursor.
 */
export class ReplicaSync {
  readonly #replica: Replica
  readonly #ports: SyncPorts
  #cursor: string | undefined
  /** The seq that the cursor stands at. */
  #cursorSeq = 0
  /** Which feed the cursor and the replica are of. */
  #feed: { readonly storeEpoch: unknown; readonly partition: unknown } | undefined
  #syncing: Promise<boolean> | undefined
  /** Frames are kept for later while the replica is being brought up to date. */
  #waiting = true
  #early: Received[] = []
  #cancelGap: () => void = () => {}
  /** The connection that reads what the snapshot had no room for. */
  #loadingOn: Connection | undefined
  #cancelLoading: () => void = () => {}
  #watched: readonly string[] = []
  /** The replica began anew with another history: those that are watched are to be asked for. */
  #agentsForgotten = false
  #seen = new Set<string>()
  #cancelSeen: (() => void) | undefined

  constructor(replica: Replica, ports: SyncPorts) {
    this.#replica = replica
    this.#ports = ports
  }

  // ── a connection's life ───────────────────────────────────────────────────────────────────────────────────────

  /** Brings the replica up to date over a new connection, which is not live before. Fails as an exchange, or with Refused. */
  async catchUp(connection: Connection): Promise<void> {
    await this.#sync(connection)
    await this.#watchAgain(connection)
  }

  /** The connection is live: what can wait until then. */
  live(connection: Connection): void {
    void this.#loadBeyond(connection)
    if (this.#seen.size > 0 || this.#replica.approvals.size > 0) this.seen([])
  }

  lost(): void {
    this.#cancelGap()
    this.#cancelLoading()
    this.#waiting = true
    this.#replica.forgetEarly()
    if (this.#replica.lookOn([])) this.#ports.tell({ kind: 'onlookers' })
  }

  stop(): void {
    this.#cancelGap()
    this.#cancelLoading()
    this.#cancelSeen?.()
  }

  // ── what comes in ─────────────────────────────────────────────────────────────────────────────────────────────

  received(event: string, payload: unknown): void {
    if (!isObject(payload)) return
    if (event === 'presence') {
      const { onlookers } = payload
      if (Array.isArray(onlookers) && this.#replica.lookOn(listOf(onlookers)))
        this.#ports.tell({ kind: 'onlookers' })
      const agents = this.#replica.present(payload as unknown as Presence)
      if (agents.length > 0) this.#ports.tell({ kind: 'presence', agents })
    } else if (event === 'feed') {
      if (this.#waiting) this.#early.push(payload)
      else this.#hear(payload)
    }
  }

  /** Events of the feed that came by another way. */
  fold(events: unknown): void {
    if (!Array.isArray(events)) return
    this.#applied(this.#replica.take(eventsOf(events)))
  }

  #hear({ storeEpoch, partition, events }: Received): void {
    if (this.#isOfAnother(storeEpoch, partition)) this.resync()
    else this.fold(events)
  }

  #isOfAnother(storeEpoch: unknown, partition: unknown): boolean {
    return (
      this.#feed !== undefined && (this.#feed.storeEpoch !== storeEpoch || this.#feed.partition !== partition)
    )
  }

  #applied(events: readonly EventView[]): void {
    if (events.length > 0) this.#ports.tell({ kind: 'events', events })
    // AP11: that it got here is told too, whether or not anybody looks.
    if (
      events.some(
        ({ data }) => isObject(data) && isObject(data.approval) && data.approval.status === 'pending',
      )
    )
      this.seen([])
    this.#cancelGap()
    if (this.#replica.hasGap)
      this.#cancelGap = this.#ports.clocks.after(GAP_PATIENCE_MS, () => this.resync(), true)
  }

  // ── what is asked for ─────────────────────────────────────────────────────────────────────────────────────────

  resync(): void {
    void this.#syncNow()
  }

  /** Asks for what is missing, on this connection; joins one that is under way. False where it failed. */
  #syncNow(): Promise<boolean> {
    const connection = this.#ports.live()
    if (!connection) return Promise.resolve(false)
    this.#syncing ??= this.#sync(connection)
      .then(() => {
        void this.#loadBeyond(connection)
        return true
      })
      .catch((error: unknown) => {
        this.#ports.logger.warn('could not bring the replica up to date', { error: String(error) })
        this.#ports.drop('the replica could not be brought up to date')
        return false
      })
      .finally(() => {
        this.#syncing = undefined
      })
    return this.#syncing
  }

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

  /** Snapshot or what came since the cursor, page by page, until nothing is missing. */
  async #syncPages(connection: Connection): Promise<void> {
    this.#waiting = true
    for (let more = true; more; ) {
      const reply = await connection.exchange('sync', { cursor: this.#cursor }, this.#atLength())
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
    const isOther = this.#isOfAnother(storeEpoch, partition)
    if (isOther) this.#replica.forgetEarly()
    if (isObject(snapshot)) {
      const rewritten = isOther || seq < this.#replica.seq
      // Where the snapshot stands: before the events that came with it, or at the end of the page.
      this.#replica.reset(snapshot as unknown as Snapshot, page[0] ? page[0].seq - 1 : seq, rewritten)
      this.#agentsForgotten ||= rewritten
      this.#ports.tell({ kind: 'snapshot', ...(rewritten && { rewritten }) })
      if (this.#replica.approvals.size > 0) this.seen([])
    }
    this.#cursor = cursor
    this.#cursorSeq = seq
    this.#feed = { storeEpoch, partition }
    this.#applied([...this.#replica.take(page), ...this.#replica.skipTo(seq)])
  }

  #atLength(): number {
    return Math.max(LONG_ANSWER_MS, this.#ports.timeoutMs)
  }

  /** Reads what the snapshot had no room for; one at a time, and again where it failed. */
  async #loadBeyond(connection: Connection): Promise<void> {
    if (this.#replica.loaded === 'whole' || this.#loadingOn === connection) return
    this.#loadingOn = connection
    this.#replica.markLoading('loading')
    const { clocks, logger, isInUse, tell } = this.#ports
    try {
      await readBeyondSnapshot({
        replica: this.#replica,
        ask: async (event, payload) => {
          const reply = await connection.exchange(event, payload, this.#atLength())
          if (!reply.ok) throw new HoldpointError(reply.error)
          return reply.body
        },
        took: () => tell({ kind: 'snapshot' }),
      })
    } catch (error) {
      // a lost connection ends it, and the next one begins again
      if (!isInUse(connection)) return
      logger.warn('could not read what the snapshot had no room for', { error: String(error) })
      this.#replica.markLoading('failed')
      tell({ kind: 'snapshot' })
      this.#cancelLoading = clocks.after(LOAD_AGAIN_MS, () => void this.#loadBeyond(connection), true)
    } finally {
      if (this.#loadingOn === connection) this.#loadingOn = undefined
    }
  }

  // ── what the page shows ───────────────────────────────────────────────────────────────────────────────────────

  /** Keeps these agents' presence coming, over reconnects too. */
  watch(ids: readonly string[]): void {
    this.#watched = ids
  }

  async #watchAgain(connection: Connection): Promise<void> {
    this.#agentsForgotten = false
    if (this.#watched.length === 0) return
    const reply = await connection.exchange('agents.watch', { ids: this.#watched }, this.#ports.timeoutMs)
    if (reply.ok) for (const agent of listOf(reply.body.agents)) this.#replica.seeAgent(agent as never)
  }

  /** Reports approvals as displayed, and what was received until then. */
  seen(ids: readonly string[]): void {
    for (const id of ids) this.#seen.add(id)
    this.#cancelSeen ??= this.#ports.clocks.after(SEEN_BATCH_MS, () => void this.#flushSeen(), true)
  }

  /** A cursor says up to where the feed was received, and frames bring none: the newest is asked for first. */
  async #flushSeen(): Promise<void> {
    this.#cancelSeen = undefined
    if (this.#replica.seq > this.#cursorSeq && !(await this.#syncNow())) return
    const connection = this.#ports.live()
    if (!connection || this.#cursor === undefined) return
    const ids = [...this.#seen].slice(0, SEEN_BATCH)
    for (const id of ids) this.#seen.delete(id)
    connection.exchange('seen', { ids, cursor: this.#cursor }, this.#ports.timeoutMs).catch(() => {})
    if (this.#seen.size > 0) this.seen([])
  }
}

const listOf = (value: unknown): readonly Received[] => (Array.isArray(value) ? value.filter(isObject) : [])

const eventsOf = (value: unknown): readonly EventView[] =>
  listOf(value).filter(({ seq }) => typeof seq === 'number') as unknown as readonly EventView[]
