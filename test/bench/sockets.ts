import { io, type Socket } from 'socket.io-client'

/** A bare client on one of a server's namespaces, up. */
export function open(url: string, namespace: '/agent' | '/operator', token?: string): Promise<Socket> {
  const socket = io(`${url}${namespace}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...(token !== undefined && { auth: { token, protocol: 1 } }),
  })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', reject)
  })
}

interface Refusal {
  readonly ok: false
  readonly error: { readonly code: string; readonly message: string }
}

/** One request; a refusal is a defect of the benchmark. */
export async function ask<T extends object>(socket: Socket, event: string, body: object): Promise<T> {
  const answer = (await socket.emitWithAck(event, body)) as ({ readonly ok: true } & T) | Refusal
  if (!answer.ok) throw new Error(`${event} was refused: ${answer.error.code}, ${answer.error.message}`)
  return answer
}

/** `count` of them, some at a time. */
export async function openAll<T>(count: number, one: (n: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = []
  for (let from = 0; from < count; from += AT_ONCE)
    all.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => one(from + i)),
      )),
    )
  return all
}

const AT_ONCE = 50
