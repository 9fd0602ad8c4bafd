import type { ErrorCode } from '@holdpoint/shared'
import { refusal } from '@holdpoint/shared'
import type { Clocks } from '../clocks.ts'
import { deferred } from '../deferred.ts'
import { HoldpointError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { backoff } from './backoff.ts'
import { isObject, retryAfterMs } from './reading.ts'
import { type Connection, dial, Refused, Unanswered } from './socket.ts'
import { fetchToken, refreshInMs, type TokenSource } from './token.ts'

/** What a client hangs on its link. */
export interface LinkHooks {
  /**
   * A connection is up: make it usable. Throwing `Refused` ends the link with that error; anything else drops the
   * connection and tries another.
   */
  readonly establish: (connection: Connection) => Promise<void>
  readonly received: (event: string, payload: unknown) => void
  readonly lost: () => void
  /** A try to connect failed, and another will follow. */
  readonly missed?: (reason: string, refusal?: HoldpointError) => void
  /** The link ended by itself and won't come back. */
  readonly failed: (error: HoldpointError) => void
}

export interface LinkOptions {
  readonly url: string
  readonly namespace: string
  readonly token: TokenSource
  readonly clocks: Clocks
  readonly logger: Logger
}

/** Refusals of a handshake that another try with the same token may not meet again. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'draining',
  'unavailable',
  'unknown',
  'internal',
])

const SDK = 'holdpoint-ts/0.1.0'

/** How far the two clocks may be apart from how they were: more, and one of them stood still or was set. */
const CLOCKS_AGREE_MS = 1_000

/**
 * Keeps one connection up until closed: token, dial, `establish`, wait for its loss, back off, again.
 * Opening happens on `open()`; after `close()` or `failed` it is dead.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #hooks: LinkHooks
  readonly #closed = deferred<void>()
  #hurry: () => void = () => {}
  #inHurry = false
  #connection: Connection | undefined
  #dead = false
  #opened = false
  /** `server.draining` said when to come back, ms. */
  #comeBackMs: number | undefined
  #clock: { readonly server: number; readonly monotonic: number; readonly wall: number } | undefined

  constructor(options: LinkOptions, hooks: LinkHooks) {
    this.#options = options
    this.#hooks = hooks
  }

  open(): void {
    if (this.#opened || this.#dead) return
    this.#opened = true
    this.#keepUp().catch((error: unknown) => this.#fail(defect(error)))
  }

  /** The connection of this moment, established or about to be. */
  get connection(): Connection | undefined {
    return this.#connection
  }

  /** The server's clock by our estimate, ms: from its `hello`, moved on by the monotonic clock (PR8). */
  serverNow(): number {
    const { clocks } = this.#options
    return this.#clock ? this.#clock.server + clocks.monotonic() - this.#clock.monotonic : clocks.wall()
  }

  /**
   * Whether `serverNow` can still be believed. A monotonic clock may stand still while the machine sleeps, and then it is
   * behind by as long, though the connection may have lived through it.
   */
  get knowsTime(): boolean {
    if (!this.#clock) return true
    const { monotonic, wall } = this.#clock
    const { clocks } = this.#options
    return Math.abs(clocks.wall() - wall - (clocks.monotonic() - monotonic)) <= CLOCKS_AGREE_MS
  }

  /** Gives up this connection in favour of a new one. */
  drop(why: string): void {
    if (this.#connection) this.#options.logger.warn('dropping the connection', { why })
    this.#connection?.close()
  }

  /** The next try to connect is made now, whatever the last ones came to. */
  hurry(): void {
    this.#inHurry = true
    this.#hurry()
  }

  close(): void {
    this.#dead = true
    this.#closed.resolve()
    this.#connection?.close()
  }

  async #keepUp(): Promise<void> {
    const waits = backoff()
    while (!this.#dead) {
      let atLeastMs = 0
      try {
        await this.#connectOnce(() => waits.reset())
      } catch (error) {
        if (error instanceof Refused && this.#isFinal(error.refusal.code)) {
          this.#fail(error.refusal)
          return
        }
        if (error instanceof Refused) atLeastMs = retryAfterMs(error.refusal) ?? 0
        if (!this.#dead) {
          this.#options.logger.warn('could not connect', { error: String(error) })
          this.#hooks.missed?.(
            error instanceof Error ? error.message : String(error),
            error instanceof Refused ? error.refusal : undefined,
          )
        }
      }
      if (this.#dead) return
      await this.#sleep(this.#comeBackMs ?? Math.max(atLeastMs, waits.next()))
    }
  }

  /** From the token to the loss of the connection. */
  async #connectOnce(established: () => void): Promise<void> {
    const { url, namespace, clocks } = this.#options
    this.#comeBackMs = undefined
    const token = await fetchToken(this.#options.token)
    if (this.#dead) return
    const connection = await dial({
      url,
      namespace,
      token,
      sdk: SDK,
      clocks,
      received: (event, payload) => this.#received(event, payload),
    })
    if (this.#dead) {
      connection.close()
      return
    }
    this.#connection = connection
    const server = Date.parse(connection.hello.now)
    if (!Number.isNaN(server)) {
      this.#clock = { server, monotonic: clocks.monotonic(), wall: clocks.wall() }
    }
    let stopRefreshing = () => {}
    try {
      await this.#hooks.establish(connection)
      established()
      stopRefreshing = this.#refreshLater(connection, token)
      await connection.lost
    } finally {
      stopRefreshing()
      connection.close()
      this.#connection = undefined
      this.#hooks.lost()
    }
  }

  #received(event: string, payload: unknown): void {
    try {
      if (event === 'server.draining') this.#drain(payload)
      else this.#hooks.received(event, payload)
    } catch (error) {
      // A message that we can't read must not take the process down; the next exchange shows where things stand.
      this.#options.logger.warn('ignored a message', { event, error: String(error) })
    }
  }

  #drain(payload: unknown): void {
    const given = isObject(payload) ? payload.reconnectAfterMs : undefined
    const afterMs = typeof given === 'number' && given > 0 ? given : 0
    this.#comeBackMs = afterMs * (1 + Math.random() / 2) + 1
    this.drop('the server is draining')
  }

  #refreshLater(connection: Connection, token: string): () => void {
    const { token: source, clocks, logger } = this.#options
    if (typeof source === 'string') return () => {}
    let stopped = false
    let cancel = () => {}
    const arm = (current: string) => {
      const delayMs = refreshInMs(current, this.serverNow())
      if (delayMs !== undefined && !stopped) cancel = clocks.after(delayMs, () => void refresh(current), true)
    }
    const refresh = async (current: string) => {
      try {
        const next = await fetchToken(source)
        if (stopped) return
        const reply =
          next === current ? undefined : await connection.exchange('auth.refresh', { token: next }, 10_000)
        if (reply?.ok === false) logger.warn('the refreshed token was refused', { code: reply.error.code })
        arm(reply?.ok ? next : current)
      } catch (error) {
        // a lost connection has no more to refresh, and the next one begins with a token of its own
        if (stopped || (error instanceof Unanswered && error.lost)) return
        logger.warn('could not refresh the token', { error: String(error) })
        arm(current)
      }
    }
    arm(token)
    return () => {
      stopped = true
      cancel()
    }
  }

  /** With a function for a token, `unauthenticated` may only mean that this one was too old. */
  #isFinal(code: ErrorCode): boolean {
    if (code === 'unauthenticated') return typeof this.#options.token === 'string'
    return !PASSING.has(code)
  }

  #fail(error: HoldpointError): void {
    if (this.#dead) return
    this.#dead = true
    this.#closed.resolve()
    this.#hooks.failed(error)
  }

  async #sleep(ms: number): Promise<void> {
    const slept = deferred<void>()
    // Holds the process open on purpose: an agent that waits for its control plane has not finished.
    const cancel = this.#options.clocks.after(ms, () => slept.resolve())
    this.#hurry = () => slept.resolve()
    if (this.#inHurry) slept.resolve()
    await Promise.race([slept.promise, this.#closed.promise])
    this.#hurry = () => {}
    this.#inHurry = false
    cancel()
  }
}

const defect = (error: unknown): HoldpointError =>
  new HoldpointError(refusal('internal', `The client broke: ${String(error)}`), { cause: error })
