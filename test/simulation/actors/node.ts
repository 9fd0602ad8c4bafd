/** One node: the server's own, between simulated sockets and the simulated store. */
import type { Store } from '@holdpoint/server'
import {
  type Bus,
  type Desk,
  explain,
  type Line,
  type Principal,
  type Reply,
  startNode,
} from '@holdpoint/server/parts'
import { iso, ok, PROTOCOL, PROTOCOL_MINOR } from '@holdpoint/shared'
import type { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'
import type { Connection, End, Message } from '../network/connection.ts'
import type { Place } from '../network/network.ts'

const TURN_MS = 0.2

export interface NodeParts {
  readonly world: World
  readonly machine: Machine
  readonly place: Place
  readonly store: Store
  /** Where there are other nodes. */
  readonly bus: Bus | undefined
  /** Those that wait for an answer, for whoever checks that none hangs (PR2). */
  readonly calls: Set<PendingCall>
  /** One has its answer. */
  readonly answered: (call: PendingCall) => void
}

export interface PendingCall {
  readonly name: string
  readonly node: Machine
  /** Of the time that its node was awake, ms. */
  readonly since: number
}

export interface SimulatedNode {
  readonly machine: Machine
  readonly place: Place
  /** A client's connection arrives; returns the server's end. `up` gives it the connection. */
  admit(principal: Principal): { readonly end: End; up(connection: Connection): void }
}

export async function startSimulatedNode(parts: NodeParts): Promise<SimulatedNode> {
  const { world, machine, place, store, bus, calls, answered } = parts
  const { clock } = machine
  const rooms = new Map<string, Set<SimulatedLine>>()
  const lines = new Set<SimulatedLine>()
  const log = {
    error: ({ err }: { readonly err?: unknown }, message: string): void => {
      world.note('logged', `${place}: ${message}: ${String(err)}`)
      if (message === 'a command failed' || message === 'a request failed') world.defect(err)
    },
    info: () => {},
  }
  const node = await startNode({
    store,
    name: place,
    shared: bus && { bus, keepsWhatWasSeen: true },
    clock,
    log,
    // A turn of the event loop is over soon, and nobody knows quite when.
    soon: (work) => world.schedule(machine, world.chance.next() * TURN_MS, 'turn', work),
    broadcast: (room, except, event, body) => {
      for (const line of rooms.get(room) ?? []) if (!except.includes(line.id)) line.emit(event, body)
    },
    sendAll: (to, event, body) => {
      for (const line of to) line.emit(event, body)
    },
    endWhere: (tenant, isOver) => {
      for (const line of lines) {
        const principal = line.principal()
        if (principal.tenant === tenant && isOver(principal)) line.end()
      }
    },
  })

  /** One connection's server end: what socket-server.ts is in front of the desks, without its bounds. */
  class SimulatedLine implements Line {
    readonly id = world.newId()
    readonly #principal: Principal
    readonly #desk: Desk
    #connection: Connection | undefined

    constructor(principal: Principal) {
      this.#principal = principal
      this.#desk = node.desks[principal.role === 'agent' ? '/agent' : '/operator'](this)
    }

    principal = (): Principal => this.#principal
    isBehind = (): boolean => false
    refresh = async () => ok(this.#principal)

    emit(event: string, body: object): void {
      this.#connection?.send(1, { event, payload: body })
    }

    join(room: string): void {
      const members = rooms.get(room) ?? new Set()
      rooms.set(room, members)
      members.add(this)
    }

    end(): void {
      this.#connection?.close(1)
      this.lost()
    }

    up(connection: Connection): void {
      this.#connection = connection
      lines.add(this)
      this.emit('hello', {
        protocol: PROTOCOL,
        minor: PROTOCOL_MINOR,
        features: [],
        now: iso(clock.now()),
        limits: {
          messageBytes: 1 << 20,
          actionBytes: 1 << 16,
          depth: 64,
          leaseMaxMs: node.leaseMaxMs(this.#principal.tenant),
        },
      })
    }

    lost(): void {
      if (!this.#connection) return
      this.#connection = undefined
      lines.delete(this)
      for (const members of rooms.values()) members.delete(this)
      this.#desk.closed()
    }

    message(message: Message): void {
      if (!('event' in message)) return
      const { event, payload, ack } = message
      if (ack === undefined) {
        this.#desk.cast(event, payload)
        return
      }
      const call: PendingCall = { name: event, node: machine, since: machine.awakeMs() }
      calls.add(call)
      const answer = (reply: Reply): void => {
        calls.delete(call)
        answered(call)
        this.#desk.told?.(reply)
        this.#connection?.send(1, { answered: ack, payload: reply })
      }
      this.#desk
        .handle(event, payload)
        .then(answer, (error: unknown) => answer(explain(error, log, 'a request failed')))
    }
  }

  return {
    machine,
    place,
    admit(principal) {
      const line = new SimulatedLine(principal)
      return {
        end: { place, machine, message: (message) => line.message(message), lost: () => line.lost() },
        up: (connection) => line.up(connection),
      }
    },
  }
}
