import type { Socket } from 'socket.io'

/** What a connection may leave unread before it is cut off (ID4); the client comes back and asks for what it missed. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024
/** From then on a console is spared the feed until it has read on: it asks for what it missed, at its own pace. */
const BEHIND_BYTES = 1024 * 1024

/** As much of engine.io's and ws's connections as tells what is not on its way yet. */
interface EngineConnection {
  readonly writeBuffer?: readonly { readonly data?: unknown }[]
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number } }
}

/** What was sent to the other end and has not left this process, bytes (about). Costs little while it keeps up. */
export function unreadBytes(socket: Socket): number {
  const { writeBuffer = [], transport } = socket.conn as unknown as EngineConnection
  let unread = transport?.socket?.bufferedAmount ?? 0
  for (const { data } of writeBuffer) if (typeof data === 'string') unread += data.length
  return unread
}

/** Whether the other end asks for more and more without reading it. */
export const isClogged = (socket: Socket): boolean => unreadBytes(socket) > MAX_UNREAD_BYTES

/** Whether the other end has a good deal to read before it is sent more that it did not ask for. */
export const isBehind = (socket: Socket): boolean => unreadBytes(socket) > BEHIND_BYTES
