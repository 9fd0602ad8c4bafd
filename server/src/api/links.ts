/** The websockets under Socket.IO: what comes is counted here, before anybody reads it (ID4). */
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import type { Cancel, Clock } from '../clock.ts'
import { type FloodGate, FloodLimit } from './flood-gate.ts'

/** As much of engine.io's connection as leads to the websocket under it. */
export interface EngineConnection {
  readonly transport: { readonly socket: Link }
  close(discard?: boolean): void
}

/** Ends it now: what was not sent is dropped, since waiting for it to be read is what must not happen. */
export function cut(connection: EngineConnection): void {
  connection.close(true)
  connection.transport.socket.terminate()
}

/** Frames before a connection is admitted: enough for each handshake that it may try, of the largest token. */
const UNKNOWN = { ratePerSecond: 10, burst: 50 }

/** What one frame pays for. A larger one is as much work as several: each byte of it is parsed before it can be refused. */
const BYTES_PER_FRAME = 8 * 1024

/**
 * A message may come in so many parts. Whoever sends one whole, or in parts of 4 KiB as browsers do at the least, stays below that
 * (MAX_MESSAGE_BYTES); a part without content costs as much as one with it, and none is counted before its message is whole (ID4).
 */
const MOST_FRAGMENTS = 256

/**
 * How long the other end may take to answer a close before it is cut. Whoever does not read, or speaks no websocket, would keep
 * socket and buffers for half a minute, and the server from ending; for good, where it has closed its own half of the connection.
 */
const LINGER_MS = 1_000

/** The websockets of one server that are open. */
export class Links {
  readonly clock: Clock
  readonly flooded: () => void
  readonly unknown: FloodLimit
  /** For Socket.IO's option `wsEngine`. */
  readonly server: new (
    options: ServerOptions,
  ) => WebSocketServer
  readonly #open = new Set<Link>()
  #emptied: () => void = () => {}

  /** `clock`: of the gates. `flooded` is told of each that is cut off. */
  constructor(clock: Clock, flooded: () => void) {
    this.clock = clock
    this.flooded = flooded
    this.unknown = new FloodLimit(clock, UNKNOWN.ratePerSecond, UNKNOWN.burst)
    const own: LinkOptions = {
      links: this,
      WebSocket: Link,
      maxFragments: MOST_FRAGMENTS,
    }
    this.server = class extends WebSocketServer {
      constructor(options: ServerOptions) {
        super({ ...options, ...own } as unknown as ServerOptions)
      }
    }
  }

  opened(link: Link): void {
    this.#open.add(link)
  }

  closed(link: Link): void {
    this.#open.delete(link)
    if (this.#open.size === 0) this.#emptied()
  }

  /** Resolves when all are closed: at once those that answer, the others after a moment. */
  async close(): Promise<void> {
    if (this.#open.size === 0) return
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        for (const link of this.#open) link.terminate()
      }, LINGER_MS)
      this.#emptied = () => {
        clearTimeout(cut)
        resolve()
      }
    })
  }
}

interface LinkOptions extends Pick<ServerOptions, 'maxFragments'> {
  readonly links: Links
  readonly WebSocket: typeof Link
}

/**
 * One websocket. It sees what comes before any listener does: acks and packets for namespaces that don't exist are no requests, get
 * no answer, and would pass every other gate (ID4); pings and pongs of the websocket never even get so far. It overrides `emit` and
 * has no listeners of its own, which would cost each of ten thousand half a kilobyte.
 */
export class Link extends WebSocket {
  readonly #links: Links
  /** Bounds whatever comes: tightly, until somebody has shown who they are. Beyond it they are cut off. */
  #frames: FloodGate
  /** Bounds messages by their size, once they have: beyond it the next is read later. */
  #pace: FloodGate | undefined
  #cancelResume: Cancel | undefined
  #isCut = false

  /** As ws makes one for a server; `options` are the server's. */
  constructor(address: never, protocols: undefined, options: object) {
    super(address, protocols, options)
    this.#links = (options as LinkOptions).links
    this.#frames = this.#links.unknown.gate()
    this.#links.opened(this)
  }

  /** Somebody has shown who they are. */
  admit(most: FloodLimit): void {
    this.#frames = most.gate()
    this.#pace = most.gate()
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'message' && !this.#passes((args[0] as Buffer).length)) return false
    if (event === 'ping' || event === 'pong') this.#take(1)
    if (event === 'close') {
      this.#cancelResume?.()
      this.#links.closed(this)
    }
    return super.emit(event, ...args)
  }

  /** ws sets a timer of its own only where the other end has not begun. */
  override close(code?: number, data?: string | Buffer): void {
    super.close(code, data)
    if (this.readyState !== WebSocket.CLOSED) setTimeout(() => this.terminate(), LINGER_MS).unref()
  }

  #passes(length: number): boolean {
    const cost = 1 + Math.floor(length / BYTES_PER_FRAME)
    this.#take(this.#pace ? 1 : cost)
    if (this.#pace) this.#slow(this.#pace.spend(cost))
    return !this.#isCut
  }

  #take(cost: number): void {
    if (this.#isCut || this.#frames.take(cost)) return
    this.#isCut = true
    this.terminate()
    this.#links.flooded()
  }

  /** Holds still until what has come is earned. What was read of the network before still comes, and is owed, too. */
  #slow(waitMs: number): void {
    if (waitMs === 0 || this.#cancelResume || this.#isCut) return
    // what comes waits with the operating system, and then with the other end
    this.pause()
    this.#cancelResume = this.#links.clock.after(waitMs, () => {
      this.#cancelResume = undefined
      this.#slow(this.#pace?.spend(0) ?? 0)
      if (!this.#cancelResume) this.resume()
    })
  }
}
