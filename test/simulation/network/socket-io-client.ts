/**
 * In the place of the package `socket.io-client`: as much of it as the clients use, on the simulated network. Everything
 * else of the clients is the real thing.
 */
import { runningWorld } from '../kernel/globals.ts'
import type { Connection, Message } from './connection.ts'

/** Where a client's calls end up; the simulation sets it up before anybody connects. */
export interface Exchange {
  /** Resolves to the connection's end once it is up. Calls `refused` instead where it can't be. */
  connect(socket: Socket): void
  readonly tap: Tap
}

/** Notes what clients send and are answered. */
export interface Tap {
  sent(socket: Socket, event: string, body: unknown): number
  answered(exchange: number, answer: unknown): void
  received(socket: Socket, event: string, payload: unknown): void
}

const exchanges = new WeakMap<object, Exchange>()

export const serveSockets = (world: object, exchange: Exchange): void => void exchanges.set(world, exchange)

type Listener = (...given: unknown[]) => void

interface Options {
  readonly auth: { readonly token: string }
}

export class Socket {
  readonly url: URL
  readonly auth: Options['auth']
  connected = false
  readonly #exchange: Exchange
  readonly #listeners = new Map<string, Listener[]>()
  #any: Listener[] = []
  readonly #acks = new Map<number, { readonly answer: (value: unknown) => void; readonly exchange: number }>()
  #lastAck = 0
  #connection: Connection | undefined
  #closed = false
  #heard = (): void => {}
  /** Tells of whatever comes in; nothing is pinged here. */
  readonly io = {
    engine: {
      on: (_event: 'packet', heard: () => void): void => {
        this.#heard = heard
      },
    },
  }

  constructor(url: string, { auth }: Options) {
    const exchange = exchanges.get(runningWorld())
    if (!exchange) throw new Error('nobody serves sockets in this simulation')
    this.url = new URL(url)
    this.auth = auth
    this.#exchange = exchange
  }

  get volatile(): this {
    return this
  }

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener])
    return this
  }

  onAny(listener: Listener): this {
    this.#any.push(listener)
    return this
  }

  offAny(): this {
    this.#any = []
    return this
  }

  connect(): this {
    this.#exchange.connect(this)
    return this
  }

  disconnect(): this {
    this.#closed = true
    this.#connection?.close(0)
    if (this.connected) this.#gone('io client disconnect')
    return this
  }

  emit(event: string, payload: unknown, answer?: (value: unknown) => void): this {
    if (!this.connected) return this
    if (!answer) {
      this.#connection?.send(0, { event, payload })
      return this
    }
    this.#lastAck += 1
    this.#acks.set(this.#lastAck, { answer, exchange: this.#exchange.tap.sent(this, event, payload) })
    this.#connection?.send(0, { event, payload, ack: this.#lastAck })
    return this
  }

  // ── for the network ───────────────────────────────────────────────────────────────────────────────────────────

  up(connection: Connection): void {
    this.#connection = connection
    if (this.#closed) {
      connection.close(0)
      return
    }
    this.connected = true
  }

  refused(data: unknown): void {
    if (!this.#closed) this.#tell('connect_error', Object.assign(new Error('refused'), { data }))
  }

  lost(reason: string): void {
    if (this.connected) this.#gone(reason)
    else if (!this.#closed) this.#tell('connect_error', new Error(reason))
  }

  message(message: Message): void {
    this.#heard()
    if ('event' in message) {
      this.#exchange.tap.received(this, message.event, message.payload)
      for (const listener of this.#any) listener(message.event, message.payload)
      return
    }
    const ack = this.#acks.get(message.answered)
    this.#acks.delete(message.answered)
    if (!ack) return
    this.#exchange.tap.answered(ack.exchange, message.payload)
    ack.answer(message.payload)
  }

  #gone(reason: string): void {
    this.connected = false
    this.#tell('disconnect', reason)
  }

  #tell(event: string, ...given: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...given)
  }
}

export const io = (url: string, options: Options): Socket => new Socket(url, options)
