import type { Cancel, Clock } from '../clock.ts'
import type { FloodGate } from './flood-gate.ts'

/** As much of engine.io's connection as the websocket under it takes to reach. */
export interface EngineConnection {
  readonly transport: { readonly socket: WebSocketLike }
  /** Bounds whatever comes: tightly, until somebody has shown who they are. Beyond it they are cut off. */
  frames: FloodGate
  /** Bounds messages by their size, once they have: beyond it the next is read later. */
  pace?: FloodGate
  close(discard?: boolean): void
  on(event: 'close', listener: () => void): void
}
interface WebSocketLike {
  on(event: 'ping' | 'pong' | 'close', listener: () => void): void
  prependListener(event: 'message', listener: (data: { readonly length: number }) => void): void
  /** Reads no more: what comes waits with the operating system, and then with the other end. */
  pause(): void
  resume(): void
  /** Closes without asking the other end. */
  terminate(): void
}

/** Ends it now: what was not sent is dropped, since waiting for it to be read is what must not happen. */
export function cut(connection: EngineConnection): void {
  connection.close(true)
  connection.transport.socket.terminate()
}

/** What one frame pays for. A larger one is as much work as several: each byte of it is parsed before it can be refused. */
const BYTES_PER_FRAME = 8 * 1024

/** How long the other end may take to answer a close before it is cut. */
const LINGER_MS = 1_000

/**
 * The websockets that are open. A close that the other end never answers (it does not read, or speaks no websocket)
 * would keep socket and buffers for half a minute, and the server from ending.
 * On the real clock, whatever the server's is: this is about the operating system's buffers.
 */
export class Links {
  readonly #clock: Clock
  readonly #open = new Set<WebSocketLike>()
  #emptied: () => void = () => {}

  /** `clock`: of the gates. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts whatever comes, before anybody reads it: acks and packets for namespaces that don't exist are no requests, get
   * no answer, and would pass every other gate (ID4); pings and pongs of the websocket never even get so far.
   */
  add(connection: EngineConnection, flooded: () => void): void {
    const { socket } = connection.transport
    this.#open.add(socket)
    let isCut = false
    let cancelResume: Cancel | undefined
    const take = (cost: number): void => {
      if (isCut || connection.frames.take(cost)) return
      isCut = true
      cut(connection)
      flooded()
    }
    const takeOne = (): void => take(1)
    /** Holds still until what has come is earned. What was read of the network before still comes, and is owed, too. */
    const slow = (waitMs: number): void => {
      if (waitMs === 0 || cancelResume || isCut) return
      socket.pause()
      cancelResume = this.#clock.after(waitMs, () => {
        cancelResume = undefined
        slow(connection.pace?.spend(0) ?? 0)
        if (!cancelResume) socket.resume()
      })
    }
    // before Engine.IO's own: what cuts it off is not parsed any more
    socket.prependListener('message', ({ length }) => {
      const cost = 1 + Math.floor(length / BYTES_PER_FRAME)
      const { pace } = connection
      take(pace ? 1 : cost)
      if (pace) slow(pace.spend(cost))
    })
    socket.on('ping', takeOne)
    socket.on('pong', takeOne)
    socket.on('close', () => {
      cancelResume?.()
      this.#open.delete(socket)
      if (this.#open.size === 0) this.#emptied()
    })
    connection.on('close', () => {
      if (this.#open.has(socket)) setTimeout(() => socket.terminate(), LINGER_MS).unref()
    })
  }

  /** Resolves when all are closed: at once those that answer, the others after a moment. */
  async close(): Promise<void> {
    if (this.#open.size === 0) return
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        for (const socket of this.#open) socket.terminate()
      }, LINGER_MS)
      this.#emptied = () => {
        clearTimeout(cut)
        resolve()
      }
    })
  }
}
