import type { FloodGate } from './flood-gate.ts'

/** As much of engine.io's connection as the websocket under it takes to reach. */
export interface EngineConnection {
  readonly transport: { readonly socket: WebSocketLike }
  /** Bounds whatever comes: tightly, until somebody has shown who they are. */
  frames: FloodGate
  close(discard?: boolean): void
  on(event: 'close', listener: () => void): void
}
interface WebSocketLike {
  on(event: 'ping' | 'pong' | 'close', listener: () => void): void
  prependListener(event: 'message', listener: (data: { readonly length: number }) => void): void
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
  readonly #open = new Set<WebSocketLike>()
  #emptied: () => void = () => {}

  /**
   * Counts whatever comes, before anybody reads it: acks and packets for namespaces that don't exist are no requests, get
   * no answer, and would pass every other gate (ID4); pings and pongs of the websocket never even get so far.
   */
  add(connection: EngineConnection, flooded: () => void): void {
    const { socket } = connection.transport
    this.#open.add(socket)
    let isCut = false
    const take = (bytes: number): void => {
      if (isCut || connection.frames.take(1 + Math.floor(bytes / BYTES_PER_FRAME))) return
      isCut = true
      cut(connection)
      flooded()
    }
    const takeOne = (): void => take(0)
    // before Engine.IO's own: what cuts it off is not parsed any more
    socket.prependListener('message', ({ length }) => take(length))
    socket.on('ping', takeOne)
    socket.on('pong', takeOne)
    socket.on('close', () => {
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
