import {
  type Hello,
  iso,
  MAX_ACTION_BYTES,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  ok,
  PROTOCOL,
  PROTOCOL_MINOR,
  type Refusal,
  type Result,
  refusal,
  refused,
} from '@holdpoint/shared'
import type { Socket } from 'socket.io'
import type { Principal } from '../auth/principal.ts'
import { explain } from '../commands/in-time.ts'
import { isBehind, isClogged, unreadBytes } from './back-pressure.ts'
import type { FloodGate, FloodLimit } from './flood-gate.ts'
import type { Desk, Line, Reply } from './line.ts'
import { cut, type EngineConnection } from './links.ts'
import { counts, credentialOf } from './socket-admission.ts'
import type { SocketPorts, Space } from './socket-ports.ts'

/** Looks in a row at which somebody who is behind had not read a byte, before they are cut off. */
const STALLED_LOOKS = 6
/** Who keeps sending although it is told `rate_limited` is cut off. */
export const ABUSE = { ratePerSecond: 50, burst: 1_000 }

/** What all connections tell the server, and ask it. */
export interface Gatekeeper {
  /** What each may ask for. */
  readonly requests: FloodLimit
  /** What each may ask for on top, while it is told `rate_limited`. */
  readonly abuse: FloodLimit
  began(): void
  ended(): void
  isDraining(): boolean
}

/** One event as it came, taken apart. */
interface Incoming {
  /** Undefined where it is none. */
  readonly name: string | undefined
  readonly payloads: readonly unknown[]
  readonly acknowledge: ((reply: Reply) => void) | undefined
}

/** One admitted socket: bounded, answered, and ended with its token. */
export class Connection implements Line {
  readonly id: string
  readonly #socket: Socket
  readonly #space: Space
  readonly #ports: SocketPorts
  readonly #gatekeeper: Gatekeeper
  readonly #desk: Desk
  readonly #flood: FloodGate
  /** Made when it is first needed. */
  #abuse: FloodGate | undefined
  #principal: Principal
  #inFlight = 0
  #isClosed = false
  #isCut = false
  #unread = 0
  #stalledLooks = 0

  constructor(socket: Socket, space: Space, ports: SocketPorts, gatekeeper: Gatekeeper) {
    const { desks } = ports
    this.id = socket.id
    this.#socket = socket
    this.#space = space
    this.#ports = ports
    this.#gatekeeper = gatekeeper
    this.#principal = socket.data.principal as Principal
    this.#flood = gatekeeper.requests.gate()
    this.#desk = desks[space](this)
    socket.emit('hello', this.#hello())
  }

  principal(): Principal {
    return this.#principal
  }

  emit(event: string, body: object): void {
    if (!this.cutIfClogged()) this.#socket.emit(event, body)
  }

  isBehind(): boolean {
    return isBehind(this.#socket)
  }

  join(room: string): void {
    void this.#socket.join(room)
  }

  end(): void {
    // what somebody does not read can not be waited for
    if (this.isBehind()) this.#cut()
    else this.#socket.disconnect(true)
  }

  /** `now`: on the wall clock, ms. */
  look(now: number): void {
    if (this.#principal.expiresAt <= now) this.end()
    else this.#cutIfStalled()
  }

  async refresh(token: string): Promise<Result<Principal>> {
    const fresh = await credentialOf(token, this.#ports)
    if (!fresh.ok) return fresh
    const { tenant, id, role } = fresh.value
    const own = this.#principal
    if (tenant !== own.tenant || id !== own.id || role !== own.role)
      return refused('forbidden', 'A connection keeps its subject, tenant and role; open another one.')
    this.#principal = fresh.value
    this.lookAgain()
    return ok(fresh.value)
  }

  /**
   * ID3: what was revoked between the check of a credential and the moment from which `endWhere` finds it here. Where that
   * can't be read the connection ends: it may come again once it can.
   */
  lookAgain(): void {
    const { log } = this.#ports
    counts(this.#principal, this.#ports).then(
      (stands) => {
        if (!stands.ok) this.end()
      },
      (error: unknown) => {
        explain(error, log, 'a credential could not be looked at again')
        this.end()
      },
    )
  }

  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#desk.closed()
  }

  /**
   * ID4: who does not read must not grow our memory. Asked before something is sent, so that no single message, however
   * large, cuts off somebody who reads.
   */
  cutIfClogged(): boolean {
    if (isClogged(this.#socket)) this.#cutDeaf()
    return this.#isCut
  }

  #cutIfStalled(): void {
    const unread = unreadBytes(this.#socket)
    const stalled = this.isBehind() && unread >= this.#unread
    this.#stalledLooks = stalled ? this.#stalledLooks + 1 : 0
    this.#unread = unread
    if (this.#stalledLooks >= STALLED_LOOKS) this.#cutDeaf()
  }

  #cutDeaf(): void {
    if (this.#isCut) return
    this.#ports.log.warn({ subject: this.#principal.id, space: this.#space }, 'cut off: it does not read')
    this.#cut()
  }

  #cut(): void {
    this.#isCut = true
    cut(this.#socket.conn as unknown as EngineConnection)
  }

  /** Must not throw, whatever comes: it is called from within Socket.IO, where that would end the process. */
  receive(name: unknown, args: unknown[]): void {
    const last = args.at(-1)
    const acknowledge = typeof last === 'function' ? (last as (reply: Reply) => void) : undefined
    const request: Incoming = {
      // Socket.IO lets a number pass for an event's name
      name: typeof name === 'string' ? name : undefined,
      payloads: acknowledge ? args.slice(0, -1) : args,
      acknowledge,
    }
    try {
      this.#serve(request)
    } catch (error) {
      this.#broke(request, error)
    }
  }

  #serve(request: Incoming): void {
    const { name, payloads, acknowledge } = request
    const barred = this.#barred(payloads)
    if (barred) {
      this.#answer(request, { ok: false, error: barred })
      return
    }
    if (name === undefined) {
      this.#answer(request, refused('invalid', "An event's name must be a text.", { path: '/' }))
      return
    }
    if (!acknowledge) {
      const cast = this.#desk.cast(name, payloads[0])
      if (!cast.ok) this.#answer(request, cast)
      return
    }
    this.#inFlight += 1
    this.#gatekeeper.began()
    this.#desk
      .handle(name, payloads[0])
      .finally(() => {
        this.#inFlight -= 1
      })
      .then((reply) => this.#answer(request, reply))
      .catch((error: unknown) => this.#broke(request, error))
      .finally(() => this.#gatekeeper.ended())
  }

  /** Never silence: without an ack there is an event to say it with. */
  #answer({ name = '', acknowledge }: Incoming, reply: Reply): void {
    this.#ports.answered(this.#space, name, reply.ok ? 'ok' : reply.error.code)
    if (this.cutIfClogged()) return
    if (acknowledge) {
      this.#desk.told?.(reply)
      acknowledge(reply)
    } else if (!reply.ok) this.#socket.emit('refused', { event: name.slice(0, 64), error: reply.error })
  }

  #broke(request: Incoming, error: unknown): void {
    const { log } = this.#ports
    try {
      this.#answer(request, explain(error, log, 'a request failed', { request: request.name?.slice(0, 64) }))
    } catch (second) {
      log.error({ err: second }, 'a failed request could not be answered')
    }
  }

  #barred(payloads: readonly unknown[]): Refusal | undefined {
    if (!this.#flood.take()) {
      this.#abuse ??= this.#gatekeeper.abuse.gate()
      if (!this.#abuse.take()) {
        this.#ports.log.warn({ subject: this.#principal.id, space: this.#space }, 'cut off: it floods')
        this.#cut()
      }
      return refusal('rate_limited')
    }
    if (this.cutIfClogged()) return refusal('rate_limited')
    if (this.#gatekeeper.isDraining()) return refusal('draining')
    if (this.#principal.expiresAt <= this.#ports.clock.now()) {
      this.end()
      return refusal('unauthenticated')
    }
    if (this.#inFlight >= this.#ports.limits.inFlight)
      return refusal('rate_limited', 'Too many requests wait for their answers; wait for some.')
    if (payloads.length !== 1) return refusal('invalid', 'A request carries one object.', { path: '/' })
    return undefined
  }

  #hello(): Hello {
    return {
      protocol: PROTOCOL,
      minor: PROTOCOL_MINOR,
      features: [],
      now: iso(this.#ports.clock.now()),
      limits: {
        messageBytes: MAX_MESSAGE_BYTES,
        actionBytes: MAX_ACTION_BYTES,
        depth: MAX_DEPTH,
        leaseMaxMs: this.#ports.leaseMaxMs(this.#principal.tenant),
      },
    }
  }
}
