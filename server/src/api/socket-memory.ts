/** What each open connection keeps. */
import type { EventEmitter } from 'node:events'
import type { Socket } from 'socket.io'

/** As much of Socket.IO's and Engine.IO's objects as is packed. */
interface Parts {
  readonly conn: EventEmitter & {
    readonly transport: EventEmitter & { readonly socket: EventEmitter }
    cleanupFn?: unknown
  }
  readonly client: { readonly decoder?: { readonly _callbacks?: Record<string, unknown> } }
  _anyListeners?: unknown
}

/**
 * Takes what is only there for growth out of a connection whose listeners are all set, about a kilobyte: Node keeps listeners in
 * an object without a prototype, which V8 makes a hash table with room for more, and an array that was pushed to has room for 17.
 * That is in fields which are nobody's business but theirs; where one is not there, nothing is done, and nothing rests on it.
 */
export function pack(socket: Socket): void {
  const parts = socket as unknown as Parts
  const { conn, client } = parts
  const { transport } = conn
  const link = transport.socket
  // of requests that are not upgraded, which there are none of
  transport.removeAllListeners('headers')
  for (const listener of link.rawListeners('error'))
    if (listener.name === 'onUpgradeError') link.removeListener('error', listener as () => void)
  for (const emitter of [socket, conn, transport, link])
    packListeners(emitter as unknown as { _events?: object })
  if (Array.isArray(conn.cleanupFn)) conn.cleanupFn = conn.cleanupFn.slice()
  if (Array.isArray(parts._anyListeners)) parts._anyListeners = parts._anyListeners.slice()
  const callbacks = client.decoder?._callbacks
  for (const [event, listeners] of Object.entries(callbacks ?? {}))
    if (callbacks && Array.isArray(listeners)) callbacks[event] = listeners.slice()
}

function packListeners(emitter: { _events?: object }): void {
  if (emitter._events) emitter._events = Object.assign(new Listeners(), emitter._events)
}

/** No event is taken for one of its methods, since it has none, and it has fields in place of a hash table. */
class Listeners {}
Object.setPrototypeOf(Listeners.prototype, null)
Reflect.deleteProperty(Listeners.prototype, 'constructor')
