import type { Push, Refusal } from '@holdpoint/shared'
import { io, type Socket } from 'socket.io-client'
import { until } from './until.ts'

/** An ack as it came. */
// biome-ignore lint/suspicious/noExplicitAny: tests read any field of any answer; a wrong one fails the test
export type Ack = { readonly ok: boolean; readonly error?: Refusal; readonly [field: string]: any }

/** One connection to one namespace, speaking the bare wire. */
export interface RawSocket {
  readonly socket: Socket
  readonly pushes: readonly Push[]
  /** Everything that the server emitted, in order: `[event, body]`. */
  readonly received: readonly (readonly [string, unknown])[]
  /** Resolves with the ack. Rejects when the connection closes first, or after 5 s without one. */
  request(name: string, body: unknown): Promise<Ack>
  /** As `request`, for what must succeed: throws with the refusal. What is not known yet is asked again (PR2). */
  must(name: string, body: unknown): Promise<Ack>
  /** Waits for the server to emit `event` with a body that fits; looks at what came before, too. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  heard(event: string, fits?: (body: any) => boolean): Promise<any>
  /** Resolves with the reason once the connection is closed by the server. */
  readonly ended: Promise<string>
  /** Every frame of text that came, undecoded. */
  readonly frames: readonly string[]
  /** Sends one frame as it is, past the client's own encoding. */
  sendFrame(text: string): void
  /** Sends one frame in so many parts, all but the first without content. */
  sendInParts(text: string, count: number): void
  /** A pong of the websocket itself, which nobody has asked for. */
  sendPong(): void
  /** Stops reading at the TCP level: what the server sends stays with the server. */
  stopReading(): void
  close(): void
}

/** As much of the websocket under the client as those take. */
interface UnderlyingSocket {
  readonly _socket: { pause(): void }
  send(text: string, options?: { readonly fin: boolean }): void
  pong(): void
  on(event: 'message', listener: (data: { toString(): string }) => void): void
}

/** The refusal of a handshake, as `connect_error` brings it. */
export class HandshakeRefused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal?.message ?? 'refused')
    this.refusal = refusal
  }
}

/** For a minute: each try takes two seconds at most, and hashes a password anew. */
const ASKED_AGAIN = 30
const ACK_WITHIN_MS = 20_000

export async function openRawSocket(url: string, namespace: string, auth: object): Promise<RawSocket> {
  const socket = io(`${url}${namespace}`, {
    auth,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  const pushes: Push[] = []
  const received: [string, unknown][] = []
  socket.onAny((event: string, body: unknown) => {
    received.push([event, body])
    if (event === 'push') pushes.push(body as Push)
  })
  const ended = new Promise<string>((resolve) => socket.on('disconnect', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve)
    socket.on('connect_error', (error: Error & { data?: Refusal }) => {
      socket.close()
      reject(error.data ? new HandshakeRefused(error.data) : error)
    })
  })

  // a connection that the server has ended already has none any more
  const { ws } = socket.io.engine.transport as unknown as { ws: UnderlyingSocket | null }
  const underneath = (): UnderlyingSocket => {
    if (!ws) throw new Error('the connection has ended')
    return ws
  }
  const frames: string[] = []
  ws?.on('message', (data) => frames.push(data.toString()))

  const request = (name: string, body: unknown): Promise<Ack> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} was not answered`)), ACK_WITHIN_MS)
      ended.then((reason) => reject(new Error(`closed (${reason}) before ${name} was answered`)))
      socket.emit(name, body, (ack: Ack) => {
        clearTimeout(timer)
        resolve(ack)
      })
    })

  return {
    socket,
    pushes,
    received,
    ended,
    request,
    async must(name, body) {
      let ack = await request(name, body)
      // a busy machine takes longer over a password than a command may: the same key gets the first answer
      for (let again = 0; ack.error?.code === 'unknown' && again < ASKED_AGAIN; again++)
        ack = await request(name, body)
      if (!ack.ok) throw new Error(`${name} was refused: ${ack.error?.code}: ${ack.error?.message}`)
      return ack
    },
    heard: (event, fits = () => true) =>
      until(`a ${event}`, () => received.find(([name, body]) => name === event && fits(body))).then(
        ([, body]) => body,
      ),
    frames,
    sendFrame: (text) => underneath().send(text),
    sendInParts(text, count) {
      for (let n = 0; n < count; n++) underneath().send(n === 0 ? text : '', { fin: n === count - 1 })
    },
    sendPong: () => underneath().pong(),
    stopReading: () => underneath()._socket.pause(),
    close: () => socket.close(),
  }
}
