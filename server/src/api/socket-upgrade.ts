/** What an upgrade to a websocket costs, and what it would leave behind. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'socket.io'
import { pack } from './socket-memory.ts'

/** What a connection was opened with is not asked for again, and would be kept as long as it is open. */
export function forgetOpening(socket: Socket): void {
  const { conn } = socket as unknown as { readonly conn: { request: IncomingMessage | undefined } }
  if (conn.request) forgetUpgrade(conn.request)
  conn.request = undefined
  Object.assign(socket, { handshake: undefined })
  pack(socket)
}

/** What is written to it until this turn is over goes out as one: each write is a call of the system's, and wakes the other end. */
export function writeTogether({ socket }: IncomingMessage): void {
  socket.cork()
  setImmediate(() => socket.uncork())
}

/** As much of engine.io's connection as holds back what it is given. */
interface Held {
  readonly request: IncomingMessage | undefined
  readonly transport: { writable: boolean; emit(event: 'ready'): void }
}

/**
 * Lets somebody in: that they are, and what the server says to them at once, goes out as one. Engine.IO would write the first,
 * and the rest once that is written. `next` is the middleware's.
 */
export function letIn(socket: Socket, next: () => void): void {
  const { request, transport } = socket.conn as unknown as Held
  if (!request) {
    next()
    return
  }
  const { socket: link } = request
  link.cork()
  transport.writable = false
  next()
  // in any case, also where nothing was said: what is held back must not stay
  setImmediate(() => {
    transport.writable = true
    transport.emit('ready')
    link.uncork()
  })
}

/**
 * Engine.IO gives middlewares a response to an upgrade, which they can see closing; there are none. Its listener, the one that
 * waits for that once, holds the whole request.
 */
function forgetUpgrade({ socket }: IncomingMessage): void {
  const isOnce = (listener: object): listener is () => void => 'listener' in listener
  const [once, ...others] = socket.rawListeners('close').filter(isOnce)
  if (once && others.length === 0) socket.removeListener('close', once)
}
