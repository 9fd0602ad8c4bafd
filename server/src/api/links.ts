import type { FloodGate } from './flood-gate.ts'

/** As much of engine.io's connection as the websocket under it takes to reach. */
export interface EngineConnection {
  readonly transport: { readonly socket: WebSocketLike }
  close(discard?: boolean): void
  on(event: 'close', listener: () => void): void
}
interface WebSocketLike {
  on(event: 'message' | 'close', listener: () => void): void
  /** Closes without asking the other end. */
  terminate(): void
}

/** Ends it now: what was not sent is dropped, since waiting for it to be read is what must not happen. */
export function cut(connection: EngineConnection): void {
  connection.close(true)
  connection.transport.socket.terminate()
}

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
   * `frames` counts whatever comes, before anybody reads it: pongs, acks and packets for namespaces that don't exist
   * are no requests, get no answer, and would pass every other gate (ID4).
   */
  add(connection: EngineConnection, frames: FloodGate, flooded: () => void): void {
    const { socket } = connection.transport
    this.#open.add(socket)
    socket.on('message', () => {
      if (frames.take()) return
      cut(connection)
      flooded()
    })
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
