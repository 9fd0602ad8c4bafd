/** A socket's two ends. Either end learns of its loss by itself, and not at the same time. */
import type { Machine } from '../kernel/machine.ts'
import { type Network, Pipe, type Place } from './network.ts'

/** What an end does with what arrives. */
export interface End {
  readonly place: Place
  readonly machine: Machine
  message(body: Message): void
  lost(reason: string): void
}

/** As Socket.IO frames them: an event, which may want an ack, or an ack. */
export type Message =
  | { readonly event: string; readonly payload: unknown; readonly ack?: number | undefined }
  | { readonly answered: number; readonly payload: unknown }

/** How long one end hears nothing before it takes the other for gone (Socket.IO's heartbeat), ms. */
const HEARTBEAT_MS = [10_000, 20_000] as const

export class Connection {
  readonly #network: Network
  readonly #ends: readonly [End, End]
  readonly #pipes: readonly [Pipe, Pipe]
  readonly #gone = [false, false]

  constructor(network: Network, client: End, server: End) {
    this.#network = network
    this.#ends = [client, server]
    this.#pipes = [
      new Pipe(network, client.place, server.place, () => server.machine),
      new Pipe(network, server.place, client.place, () => client.machine),
    ]
    this.#listen(0)
    this.#listen(1)
  }

  /** `from`: 0 the client, 1 the server. */
  send(from: 0 | 1, message: Message): void {
    if (this.#gone[from]) return
    const to = from === 0 ? 1 : 0
    const text = JSON.stringify(message)
    const name = 'event' in message ? message.event : 'ack'
    this.#pipes[from].send(`${name} → ${this.#ends[to].place}`, () => {
      if (!this.#gone[to]) this.#ends[to].message(JSON.parse(text))
    })
  }

  /** One end closes it, or its process died: what was sent before still arrives, then the other end learns of it. */
  close(from: 0 | 1): void {
    if (this.#gone[from]) return
    this.#gone[from] = true
    const to = from === 0 ? 1 : 0
    this.#pipes[from].send(`close → ${this.#ends[to].place}`, () => this.#lose(to, 'transport close'))
  }

  /** Something in between drops it: both ends learn of it, and what was on its way is lost. */
  reset(): void {
    const { world } = this.#network
    for (const pipe of this.#pipes) pipe.break()
    for (const [at, end] of this.#ends.entries())
      world.schedule(end.machine, this.#network.latencyMs(), `reset → ${end.place}`, () =>
        this.#lose(at as 0 | 1, 'transport error'),
      )
  }

  #lose(end: 0 | 1, reason: string): void {
    if (this.#gone[end]) return
    this.#gone[end] = true
    this.#pipes[end].break()
    this.#ends[end].lost(reason)
  }

  /** An end that hears nothing for long gives up, whatever TCP believes. */
  #listen(end: 0 | 1): void {
    const { world } = this.#network
    const { machine, place } = this.#ends[end]
    const other = this.#ends[end === 0 ? 1 : 0]
    const [least, most] = HEARTBEAT_MS
    let heardAt = world.now
    const patienceMs = least + world.chance.next() * (most - least)
    const look = (): void => {
      if (this.#gone[end]) return
      if (!this.#network.isCut(other.place, place) && other.machine.isUp) heardAt = world.now
      if (world.now - heardAt >= patienceMs) {
        this.close(end)
        this.#ends[end].lost('ping timeout')
      } else world.schedule(machine, least / 2, `heartbeat ${place}`, look)
    }
    world.schedule(machine, least / 2, `heartbeat ${place}`, look)
  }
}
