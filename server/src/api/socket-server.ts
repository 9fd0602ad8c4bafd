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
import { explain } from '../commands/in-time.ts'
import type { Revocations } from '../commands/revocations.ts'
import { isBehind, isClogged, unreadBytes } from './back-pressure.ts'
import { clientAddress } from './client-address.ts'
import { createConnectGate } from './connect-gate.ts'
import { decodeHandshake } from './decode.ts'
import { createFloodGate, type FloodGate } from './flood-gate.ts'
import type { Desk, Line, Reply } from './line.ts'
import { cut, type EngineConnection, Links } from './links.ts'
import { isAllowedOrigin } from './origins.ts'

/** What one connection may ask for. */
export interface SocketLimits {
  /** Requests a second, and at once. */
  readonly ratePerSecond: number
  readonly burst: number
  /** Requests that wait for their answer. */
  readonly inFlight: number
  /** New connections from one remote address, a second and at once; from all together, four times as many. */
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
  /** ID2: whether the person whose credential this is may act at all; anybody else's passes. */
  readonly standing: (principal: Principal) => Promise<Result<unknown>>
  readonly origins: readonly string[]
  readonly trustedProxies: number
  /** For `hello`, which informs; what counts is granted by `run.start`. */
  readonly leaseMaxMs: (tenant: string) => number
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
  /** Sends to those agents' connections, in this turn: encoded once, however many they are. */
  sendAll(lines: readonly Line[], event: string, body: object): void
  /**
   * ID3: ends the connections whose credential no longer counts. To be called after that took effect: whoever is being
   * admitted meanwhile is looked at again.
   */
  endWhere(tenant: string, isOver: (principal: Principal) => boolean): void
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
/**
 * How often each connection is looked at. ID3: a second is how late its end may be. A timer of its own would sleep through
 * a wall clock that has jumped ahead, and costs each of ten thousand its memory.
 */
const LOOK_MS = SECOND / 2
/** Looks in a row at which somebody who is behind had not read a byte, before they are cut off. */
const STALLED_LOOKS = 6
/** Handshakes that one connection may try before it is closed: each costs a signature check. */
const MAX_HANDSHAKES = 8
/** Who keeps sending although it is told `rate_limited` is cut off. */
const ABUSE = { ratePerSecond: 50, burst: 1_000 }
/** The room of those that one message goes to; nobody is in it before or after. */
const ONCE = 'once'
/** Frames of any kind, as a multiple of the requests: beyond it nothing is answered, only cut off. */
const FRAMES = 3

/** Socket.IO on an HTTP server: admits, bounds and answers; what is said is the desks' matter. */
export function openSocketServer(http: HttpServer, ports: SocketPorts): SocketServer {
  const { clock, limits, log } = ports
  const connects = createConnectGate(clock, limits.connectsPerSecond, limits.connectBurst)
  const connections = new Map<string, Connection>()
  const waiting = new Set<() => void>()
  let accepted = 0
  let endings = 0
  let draining = false
  let closed = false
  let cancelLook: Cancel | undefined

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
      if (!connects.take(clientAddress(request, ports.trustedProxies))) return decide('rate', false)
      // the answer to the upgrade, and what opens Engine.IO's connection; an older protocol is cut off in between
      if (request.url?.includes('EIO=4')) writeTogether(request)
      decide(null, true)
    },
  })
  const links = new Links()
  const flooded = (): void => log.warn({}, 'cut off: it floods')
  io.engine.on('connection', (connection: EngineConnection) => {
    const { ratePerSecond, burst } = limits
    const frames = createFloodGate(clock, FRAMES * ratePerSecond, FRAMES * burst + ABUSE.burst)
    links.add(connection, frames, flooded)
  })
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

  const gatekeeper: Gatekeeper = { began, ended, isDraining: () => draining }

  const lookLater = (): void => {
    if (!closed)
      cancelLook ??= clock.after(LOOK_MS, () => {
        cancelLook = undefined
        const now = clock.now()
        for (const connection of connections.values()) connection.look(now)
        if (connections.size > 0) lookLater()
      })
  }

  for (const space of ['/agent', '/operator'] as const) {
    const namespace: Namespace = io.of(space)
    namespace.use((socket, next) => {
      if (draining) return next(wireError(refusal('draining')))
      socket.data.endings = endings
      admit(socket, space, ports).then(
        (principal) => next(principal.ok ? undefined : wireError(principal.error)),
        (error: unknown) => next(wireError(explain(error, log, 'a handshake failed').error)),
      )
    })
    namespace.on('connection', (socket) => {
      const connection = new Connection(socket, space, ports, gatekeeper)
      // consoles are in rooms, and left out of a broadcast by their own; what goes to agents goes to each by its id
      if (space === '/agent') void namespace.adapter.delAll(socket.id)
      connections.set(socket.id, connection)
      if (socket.data.endings !== endings) connection.lookAgain()
      forgetOpening(socket)
      lookLater()
      socket.on('disconnect', () => {
        connections.delete(socket.id)
        connection.closed()
      })
    })
  }

  /** Encoded once, however many they are. */
  const sendToAgents = (ids: readonly string[], event: string, body: object): void => {
    const agents = io.of('/agent')
    const { rooms } = agents.adapter
    // a room for this once: one that agents stay in would cost each of them memory
    rooms.set(ONCE, new Set(ids.filter((id) => connections.get(id)?.cutIfClogged() === false)))
    agents.to(ONCE).emit(event, body)
    rooms.delete(ONCE)
  }

  return {
    broadcast(room, except, event, body) {
      io.of('/operator')
        .to(room)
        .except([...except])
        .emit(event, body)
    },
    sendAll(lines, event, body) {
      sendToAgents(
        lines.map(({ id }) => id),
        event,
        body,
      )
    },
    endWhere(tenant, isOver) {
      endings += 1
      for (const connection of connections.values()) {
        const principal = connection.principal()
        if (principal.tenant === tenant && isOver(principal)) connection.end()
      }
    },
    counts: () => ({ '/agent': io.of('/agent').sockets.size, '/operator': io.of('/operator').sockets.size }),
    drain(reconnectAfterMs) {
      draining = true
      sendToAgents([...io.of('/agent').sockets.keys()], 'server.draining', { reconnectAfterMs })
    },
    idle: () => (accepted === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    async close() {
      draining = true
      closed = true
      cancelLook?.()
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
  { verifier, revocations, standing, admit: gates }: SocketPorts,
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
  const principal = await credentialOf(handshake.value.token, { verifier, revocations, standing })
  if (!principal.ok) return principal
  const allowed = gates[space](principal.value)
  if (!allowed.ok) return allowed
  socket.data.principal = principal.value
  return principal
}

async function credentialOf(
  token: string,
  { verifier, revocations, standing }: Pick<SocketPorts, 'verifier' | 'revocations' | 'standing'>,
): Promise<Result<Principal>> {
  const principal = await verifier.verify(token)
  return principal.ok ? counts(principal.value, { revocations, standing }) : principal
}

async function counts(
  principal: Principal,
  { revocations, standing }: Pick<SocketPorts, 'revocations' | 'standing'>,
): Promise<Result<Principal>> {
  if (await revocations.check(principal.tenant, principal))
    return refused('unauthenticated', 'This token was revoked; present another one.')
  const stands = await standing(principal)
  return stands.ok ? ok(principal) : stands
}

/** What a connection was opened with is not asked for again, and would be kept as long as it is open. */
function forgetOpening(socket: Socket): void {
  const { conn } = socket as unknown as { readonly conn: { request: IncomingMessage | undefined } }
  if (conn.request) forgetUpgrade(conn.request)
  conn.request = undefined
  Object.assign(socket, { handshake: undefined, data: undefined })
}

/** What is written to it until this turn is over goes out as one: each write is a call of the system's, and wakes the other end. */
function writeTogether({ socket }: IncomingMessage): void {
  socket.cork()
  setImmediate(() => socket.uncork())
}

/**
 * Engine.IO gives middlewares a response to an upgrade, which they can see closing; there are none. Its listener, the one that
 * waits for that once, holds the whole request.
 */
function forgetUpgrade({ socket }: IncomingMessage): void {
  const isOnce = (listener: object): listener is () => void => 'listener' in listener
  const [once, ...others] = socket.rawListeners('close').filter(isOnce)
  if (once && others.length === 0) socket.removeListener('close', once)
}

/** Socket.IO sends a middleware's error with its `data`. */
const wireError = (error: Refusal): Error => Object.assign(new Error(error.message), { data: error })

interface Gatekeeper {
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
class Connection implements Line {
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
    const { clock, limits, desks } = ports
    this.id = socket.id
    this.#socket = socket
    this.#space = space
    this.#ports = ports
    this.#gatekeeper = gatekeeper
    this.#principal = socket.data.principal as Principal
    this.#flood = createFloodGate(clock, limits.ratePerSecond, limits.burst)
    this.#desk = desks[space](this)
    socket.onAny((name: unknown, ...args: unknown[]) => this.#receive(name, args))
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
  #receive(name: unknown, args: unknown[]): void {
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
      this.#abuse ??= createFloodGate(this.#ports.clock, ABUSE.ratePerSecond, ABUSE.burst)
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
