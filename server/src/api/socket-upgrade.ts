/** What an upgrade to a websocket costs, and what it would leave behind. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'socket.io'

/** What a connection was opened with is not asked for again, and would be kept as long as it is open. */
export function forgetOpening(socket: Socket): void {
  const { conn } = socket as unknown as { readonly conn: { request: IncomingMessage | undefined } }
  if (conn.request) forgetUpgrade(conn.request)
  conn.request = undefined
  Object.assign(socket, { handshake: undefined, data: undefined })
}

/** What is written to it until this turn is over goes out as one: each write is a call of the system's, and wakes the other end. */
export function writeTogether({ socket }: IncomingMessage): void {
  socket.cork()
  setImmediate(() => socket.uncork())
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
