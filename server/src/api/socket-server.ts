import type { Server as HttpServer, IncomingMessage } from 'node:http'
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
  SECOND,
} from '@holdpoint/shared'
import { type Namespace, Server, type Socket } from 'socket.io'
import type { Principal } from '../auth/principal.ts'
import type { Verifier } from '../auth/tokens.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { Credential, Revocations } from '../commands/revocations.ts'
import { isClogged } from './back-pressure.ts'
import { decodeHandshake } from './decode.ts'
import { createFloodGate } from './flood-gate.ts'
import type { Desk, Line, Reply } from './line.ts'
import { type EngineConnection, Links } from './links.ts'
import { isAllowedOrigin } from './origins.ts'

/** What one connection may ask for. */
export interface SocketLimits {
  /** Requests a second, and at once. */
  readonly ratePerSecond: number
  readonly burst: number
  /** Requests that wait for their answer. */
  readonly inFlight: number
  /** New connections a second on this node, and at once. */
  readonly connectsPerSecond: number
  readonly connectBurst: number
}

export const defaultLimits: SocketLimits = {
  ratePerSecond: 200,
  burst: 400,
  inFlight: 256,
  connectsPerSecond: 500,
  connectBurst: 2_000,
}

type Space = '/agent' | '/operator'

export interface SocketPorts {
  readonly clock: Clock
  readonly verifier: Verifier
  readonly revocations: Revocations
  readonly origins: readonly string[]
  readonly leaseMaxMs: number
  readonly limits: SocketLimits
  /** ID1: whom each namespace admits. */
  readonly admit: Readonly<Record<Space, (principal: Principal) => Result<unknown>>>
  readonly desks: Readonly<Record<Space, (line: Line) => Desk>>
  /** One request was answered; `name` is the client's own word and may be anything. */
  readonly answered: (space: Space, name: string, code: string) => void
  readonly log: SocketLog
}
export interface SocketLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface SocketServer {
  /** Sends to everybody in a console's room but the connections named. */
  broadcast(room: string, except: readonly string[], event: string, body: object): void
  /** ID3: ends the connections whose credential no longer counts. */
  endWhere(tenant: string, isOver: (credential: Credential) => boolean): void
  /** How many connections each namespace has. */
  counts(): Readonly<Record<Space, number>>
  /** New connections and requests are refused from here on, and agents are told when to come back. */
  drain(reconnectAfterMs: number): void
  /** Resolves when every request that was accepted is answered. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** A client that has not joined a namespace by then is closed. */
const CONNECT_TIMEOUT_MS = 5 * SECOND
/** How often the other end is asked for a sign of life, and how long it may take to give it. */
const PING_MS = 10 * SECOND
/** Handshakes that one connection may try before it is closed: each costs a signature check. */
const MAX_HANDSHAKES = 8
/** Who keeps sending although it is told `rate_limited` is cut off. */
const ABUSE = { ratePerSecond: 50, burst: 1_000 }

/** Socket.IO on an HTTP server: admits, bounds and answers; what is said is the desks' matter. */
export function openSocketServer(http: HttpServer, ports: SocketPorts): SocketServer {
  const { clock, limits, log } = ports
  const connects = createFloodGate(clock, limits.connectsPerSecond, limits.connectBurst)
  const connections = new Map<string, Connection>()
  const waiting = new Set<() => void>()
  let accepted = 0
  let draining = false

  const io = new Server(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_MS,
    pingTimeout: PING_MS,
    cleanupEmptyChildNamespaces: true,
    allowRequest: (request: IncomingMessage, decide) => {
      if (!isAllowedOrigin(request.headers, ports.origins)) return decide('origin', false)
      if (!connects.take()) return decide('rate', false)
      decide(null, true)
    },
  })
  const links = new Links()
  io.engine.on('connection', (connection: EngineConnection) => links.add(connection))
  // nothing is spoken outside the two namespaces
  io.use((_, next) => next(wireError(refusal('invalid', 'Connect to /agent or /operator.'))))

  const began = (): void => {
    accepted += 1
  }
  const ended = (): void => {
    accepted -= 1
    if (accepted > 0) return
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  for (const space of ['/agent', '/operator'] as const) {
    const namespace: Namespace = io.of(space)
    namespace.use((socket, next) => {
      if (draining) return next(wireError(refusal('draining')))
      admit(socket, space, ports).then(
        (principal) => next(principal.ok ? undefined : wireError(principal.error)),
        (error: unknown) => {
          log.error({ err: error }, 'a handshake failed')
          next(wireError(refusal('internal')))
        },
      )
    })
    namespace.on('connection', (socket) => {
      const connection = new Connection(socket, space, ports, { began, ended, isDraining: () => draining })
      connections.set(socket.id, connection)
      socket.on('disconnect', () => {
        connections.delete(socket.id)
        connection.closed()
      })
    })
  }

  return {
    broadcast(room, except, event, body) {
      const operators = io.of('/operator')
      operators
        .to(room)
        .except([...except])
        .emit(event, body)
      for (const id of operators.adapter.rooms.get(room) ?? []) connections.get(id)?.cutIfClogged()
    },
    endWhere(tenant, isOver) {
      for (const connection of connections.values()) {
        const principal = connection.principal()
        if (principal.tenant === tenant && isOver(principal)) connection.end()
      }
    },
    counts: () => ({ '/agent': io.of('/agent').sockets.size, '/operator': io.of('/operator').sockets.size }),
    drain(reconnectAfterMs) {
      draining = true
      io.of('/agent').emit('server.draining', { reconnectAfterMs })
    },
    idle: () => (accepted === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    async close() {
      draining = true
      io.disconnectSockets(true)
      for (const connection of connections.values()) connection.closed()
      connections.clear()
      io.engine.close()
      await links.close()
      await Promise.all([io.of('/agent'), io.of('/operator')].map(({ adapter }) => adapter.close()))
    },
  }
}

/** ID1: who is this, and may they come in? The principal stays with the socket. */
async function admit(
  socket: Socket,
  space: Space,
  { verifier, revocations, admit: gates }: SocketPorts,
): Promise<Result<Principal>> {
  const connection = socket.conn as unknown as EngineConnection & { handshakes?: number }
  connection.handshakes = (connection.handshakes ?? 0) + 1
  if (connection.handshakes > MAX_HANDSHAKES) {
    connection.close()
    return refused('rate_limited')
  }
  const handshake = decodeHandshake(socket.handshake.auth)
  if (!handshake.ok) return handshake
  if (handshake.value.protocol !== PROTOCOL)
    return refused('unsupported_protocol', `This server speaks protocol ${PROTOCOL}; update the client.`, {
      protocol: PROTOCOL,
    })
  const principal = await credentialOf(handshake.value.token, { verifier, revocations })
  if (!principal.ok) return principal
  const allowed = gates[space](principal.value)
  if (!allowed.ok) return allowed
  socket.data.principal = principal.value
  return principal
}

async function credentialOf(
  token: string,
  { verifier, revocations }: Pick<SocketPorts, 'verifier' | 'revocations'>,
): Promise<Result<Principal>> {
  const principal = await verifier.verify(token)
  if (!principal.ok) return principal
  if (await revocations.check(principal.value.tenant, principal.value))
    return refused('unauthenticated', 'This token was revoked; present another one.')
  return principal
}

/** Socket.IO sends a middleware's error with its `data`. */
const wireError = (error: Refusal): Error => Object.assign(new Error(error.message), { data: error })

interface Gatekeeper {
  began(): void
  ended(): void
  isDraining(): boolean
}

/** One admitted socket: bounded, answered, and ended with its token. */
class Connection implements Line {
  readonly id: string
  readonly #socket: Socket
  readonly #space: Space
  readonly #ports: SocketPorts
  readonly #gatekeeper: Gatekeeper
  readonly #desk: Desk
  readonly #flood: { take(): boolean }
  readonly #abuse: { take(): boolean }
  #principal: Principal
  #cancelExpiry: Cancel | undefined
  #inFlight = 0
  #isClosed = false

  constructor(socket: Socket, space: Space, ports: SocketPorts, gatekeeper: Gatekeeper) {
    const { clock, limits, desks } = ports
    this.id = socket.id
    this.#socket = socket
    this.#space = space
    this.#ports = ports
    this.#gatekeeper = gatekeeper
    this.#principal = socket.data.principal as Principal
    this.#flood = createFloodGate(clock, limits.ratePerSecond, limits.burst)
    this.#abuse = createFloodGate(clock, ABUSE.ratePerSecond, ABUSE.burst)
    this.#desk = desks[space](this)
    // a client may name an event `error`, which an emitter without a listener throws
    socket.on('error', () => {})
    socket.onAny((name: string, ...args: unknown[]) => this.#receive(name, args))
    socket.emit('hello', this.#hello())
    this.#watchExpiry()
  }

  principal = (): Principal => this.#principal

  emit(event: string, body: object): void {
    this.#socket.emit(event, body)
    this.cutIfClogged()
  }

  join(room: string): void {
    void this.#socket.join(room)
  }

  end(): void {
    this.#socket.disconnect(true)
  }

  /** ID4: who does not read must not grow our memory. */
  cutIfClogged(): boolean {
    if (!isClogged(this.#socket)) return false
    this.#ports.log.warn({ subject: this.#principal.id, space: this.#space }, 'cut off: it does not read')
    this.#cut()
    return true
  }

  async refresh(token: string): Promise<Result<Principal>> {
    const fresh = await credentialOf(token, this.#ports)
    if (!fresh.ok) return fresh
    const { tenant, id, role } = fresh.value
    const own = this.#principal
    if (tenant !== own.tenant || id !== own.id || role !== own.role)
      return refused('forbidden', 'A connection keeps its subject, tenant and role; open another one.')
    this.#principal = fresh.value
    this.#watchExpiry()
    return ok(fresh.value)
  }

  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelExpiry?.()
    this.#desk.closed()
  }

  /** ID3. The wall clock may have jumped while the timer ran, so it is asked again. */
  #watchExpiry(): void {
    this.#cancelExpiry?.()
    if (this.#isClosed) return
    const leftMs = this.#principal.expiresAt - this.#ports.clock.now()
    if (leftMs <= 0) this.end()
    else this.#cancelExpiry = this.#ports.clock.after(leftMs, () => this.#watchExpiry())
  }

  /** What was not sent is dropped: waiting for it to be read is what must not happen. */
  #cut(): void {
    const connection = this.#socket.conn as unknown as EngineConnection
    connection.close(true)
    connection.transport.socket.terminate()
  }

  #receive(name: string, args: unknown[]): void {
    const last = args.at(-1)
    const acknowledge = typeof last === 'function' ? (last as (reply: Reply) => void) : undefined
    const payloads = acknowledge ? args.slice(0, -1) : args
    const answer = (reply: Reply): void => {
      this.#ports.answered(this.#space, name, reply.ok ? 'ok' : reply.error.code)
      // never silence: without an ack there is an event to say it with
      if (acknowledge) {
        acknowledge(reply)
        this.cutIfClogged()
      } else if (!reply.ok) this.#socket.emit('refused', { event: name.slice(0, 64), error: reply.error })
    }
    const barred = this.#barred(payloads)
    if (barred) {
      answer({ ok: false, error: barred })
      return
    }
    if (!acknowledge) {
      const cast = this.#desk.cast(name, payloads[0])
      if (!cast.ok) answer(cast)
      return
    }
    this.#inFlight += 1
    this.#gatekeeper.began()
    this.#desk
      .handle(name, payloads[0])
      .catch((error: unknown): Reply => {
        this.#ports.log.error({ err: error, request: name.slice(0, 64) }, 'a request failed')
        return refused('internal')
      })
      .then((reply) => {
        this.#inFlight -= 1
        answer(reply)
        this.#gatekeeper.ended()
      })
  }

  #barred(payloads: readonly unknown[]): Refusal | undefined {
    if (!this.#flood.take()) {
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
        leaseMaxMs: this.#ports.leaseMaxMs,
      },
    }
  }
}
