import { type Hello, MAX_MESSAGE_BYTES, PROTOCOL, refusal } from '@holdpoint/shared'
import { io, type Socket } from 'socket.io-client'
import type { Clocks } from '../clocks.ts'
import { type Deferred, deferred } from '../deferred.ts'
import { HoldpointError } from '../errors.ts'
import { isObject, type Reply, readHello, readRefusal, readReply } from './reading.ts'

/** No answer came: the connection broke, or it took too long. What was asked may or may not have been done. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
  /** The connection is gone; otherwise it was merely slow. */
  readonly lost: boolean

  constructor(reason: string, lost: boolean) {
    super(reason)
    this.lost = lost
  }
}

/** The other side said no before anything was asked. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: HoldpointError

  constructor(error: HoldpointError) {
    super(error.message)
    this.refusal = error
  }
}

export interface DialOptions {
  readonly url: string
  readonly namespace: string
  readonly token: string
  readonly sdk: string
  readonly clocks: Clocks
  /** Every event but `hello`, also those that come before `dial` has returned. */
  readonly received: (event: string, payload: unknown) => void
}

/** One connection, from `hello` to its loss; never used again after that. */
export interface Connection {
  readonly hello: Hello
  /** Resolves once it is gone, with a word why. */
  readonly lost: Promise<string>
  /**
   * One request, one try. `answered` hears the reply before anything else that came later, which a promise would
   * not promise. Errors: Unanswered; HoldpointError `too_large` (nothing was sent then).
   */
  exchange(
    event: string,
    payload: object,
    timeoutMs: number,
    answered?: (reply: Reply) => void,
  ): Promise<Reply>
  /** When anything at all came in last, a ping too; monotonic, ms. */
  heardAt(): number
  /** Sent now or never. */
  tell(event: string, payload: object): void
  close(): void
}

const DIAL_TIMEOUT_MS = 10_000

/** Nothing listens there. */
export const CONNECTION_REFUSED = 'connection refused'

/** Connects and hears the server's `hello`. Errors: Refused (with the server's refusal), Unanswered. */
export async function dial(options: DialOptions): Promise<Connection> {
  const socket = io(new URL(options.namespace, options.url).href, {
    transports: ['websocket'],
    forceNew: true,
    // Reconnecting is ours: a new token, a resume, and only then what is pending.
    reconnection: false,
    autoConnect: false,
    timeout: DIAL_TIMEOUT_MS,
    auth: { token: options.token, protocol: PROTOCOL, sdk: options.sdk },
  })
  const greeted = deferred<Hello>()
  const lost = deferred<string>()
  socket.on('connect_error', (error) => {
    const { data } = error as { data?: unknown }
    greeted.reject(
      isObject(data) ? new Refused(new HoldpointError(readRefusal(data))) : unanswered(reasonOf(error)),
    )
  })
  socket.on('disconnect', (reason) => {
    lost.resolve(reason)
    greeted.reject(unanswered(reason))
  })
  socket.onAny((event: string, payload: unknown) => {
    const hello = event === 'hello' ? readHello(payload) : undefined
    if (event !== 'hello') options.received(event, payload)
    else if (hello) greeted.resolve(hello)
    else greeted.reject(unanswered('the server greeted in a way this client can not read'))
  })
  const giveUp = options.clocks.after(DIAL_TIMEOUT_MS, () =>
    greeted.reject(unanswered('the server did not say hello in time')),
  )
  socket.connect()
  try {
    const hello = await greeted.promise
    if (hello.protocol !== PROTOCOL) throw new Refused(new HoldpointError(refusal('unsupported_protocol')))
    return connection(socket, hello, lost, options.clocks)
  } catch (error) {
    close(socket)
    throw error
  } finally {
    giveUp()
  }
}

function connection(socket: Socket, hello: Hello, lost: Deferred<string>, clocks: Clocks): Connection {
  const unanswereds = new Set<(reason: string) => void>()
  const limit = Math.min(MAX_MESSAGE_BYTES, hello.limits?.messageBytes ?? MAX_MESSAGE_BYTES)
  let heardAt = clocks.monotonic()
  socket.io.engine.on('packet', () => {
    heardAt = clocks.monotonic()
  })
  let up = true
  lost.promise.then((reason) => {
    up = false
    for (const fail of [...unanswereds]) fail(reason)
  })
  return {
    hello,
    lost: lost.promise,
    heardAt: () => heardAt,
    exchange(event, payload, timeoutMs, answered) {
      const { promise, resolve, reject } = deferred<Reply>()
      if (!up || !socket.connected) return Promise.reject(unanswered('not connected'))
      if (!fits(event, payload, limit)) return Promise.reject(tooLarge(limit))
      const fail = (reason: string, gone = true) => {
        unanswereds.delete(fail)
        giveUp()
        reject(new Unanswered(reason, gone))
      }
      const giveUp = clocks.after(timeoutMs, () => fail('no answer in time', false), true)
      unanswereds.add(fail)
      socket.emit(event, payload, (value: unknown) => {
        if (!unanswereds.delete(fail)) return
        giveUp()
        const reply = readReply(value)
        try {
          answered?.(reply)
          resolve(reply)
        } catch (error) {
          // Thrown from here it would end the process.
          reject(error)
        }
      })
      return promise
    },
    tell(event, payload) {
      if (up && fits(event, payload, limit)) socket.volatile.emit(event, payload)
    },
    close() {
      close(socket)
      lost.resolve('closed by this client')
    },
  }
}

function close(socket: Socket): void {
  socket.offAny()
  socket.disconnect()
}

/** What the operating system calls it, in words; a browser does not tell. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: CONNECTION_REFUSED,
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'timed out',
  EPROTO: 'no TLS is spoken there: is the address one of http rather than https?',
}

function reasonOf(error: Error): string {
  const { description } = error as { description?: unknown }
  const cause = isObject(description) ? description.error : undefined
  const { code, message, errors } = (cause ?? {}) as { code?: string; message?: string; errors?: unknown[] }
  // A name with several addresses fails with one error for each of them.
  const inner = (errors?.[0] as { code?: string } | undefined)?.code
  return REASONS[code ?? inner ?? ''] ?? (message || error.message)
}

const unanswered = (reason: string): Unanswered => new Unanswered(reason, true)

const tooLarge = (limit: number): HoldpointError =>
  new HoldpointError(refusal('too_large', `The message is larger than ${limit} bytes.`))

/** Framing and the namespace take a few bytes beside event and payload. */
const FRAMING_BYTES = 64

function fits(event: string, payload: object, limit: number): boolean {
  const text = JSON.stringify([event, payload])
  // One UTF-16 unit is at most three bytes of UTF-8: counting is only needed near the limit.
  if (text.length * 3 + FRAMING_BYTES <= limit) return true
  return new TextEncoder().encode(text).length + FRAMING_BYTES <= limit
}
