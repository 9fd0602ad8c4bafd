import type { Socket } from 'socket.io'

/** What a connection may leave unread before it is cut off (ID4); the client comes back and asks for what it missed. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

/** As much of engine.io's and ws's connections as tells what is not on its way yet. */
interface EngineConnection {
  readonly writeBuffer?: readonly { readonly data?: unknown }[]
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number } }
}

/** Whether the other end has stopped reading. Costs nothing while it keeps up. */
export function isClogged(socket: Socket): boolean {
  const { writeBuffer = [], transport } = socket.conn as unknown as EngineConnection
  let unread = transport?.socket?.bufferedAmount ?? 0
  for (const { data } of writeBuffer) {
    if (typeof data === 'string') unread += data.length
    if (unread > MAX_UNREAD_BYTES) return true
  }
  return unread > MAX_UNREAD_BYTES
}
