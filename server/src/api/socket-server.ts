import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { MAX_MESSAGE_BYTES, type Refusal, refusal, SECOND } from '@holdpoint/shared'
import { type Namespace, Server, type Socket } from 'socket.io'
import type { Principal } from '../auth/principal.ts'
import type { Cancel } from '../clock.ts'
import { explain } from '../commands/in-time.ts'
import { clientAddress } from './client-address.ts'
import { createConnectGate } from './connect-gate.ts'
import { FloodLimit } from './flood-gate.ts'
import type { Line } from './line.ts'
import { type EngineConnection, Links } from './links.ts'
import { isAllowedOrigin } from './origins.ts'
import { admit } from './socket-admission.ts'
import { ABUSE, Connection, type Gatekeeper } from './socket-connection.ts'
import type { SocketPorts, Space } from './socket-ports.ts'
import { forgetOpening, letIn, writeTogether } from './socket-upgrade.ts'
import { textPackets } from './text-packets.ts'

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
/** The room of those that one message goes to; nobody is in it before or after. */
const ONCE = 'once'
/** Frames of any kind, as a multiple of the requests: beyond it nothing is answered, only cut off. */
const FRAMES = 3

/** Socket.IO on an HTTP server: admits, bounds and answers; what is said is the desks' matter. */
export function openSocketServer(http: HttpServer, ports: SocketPorts): SocketServer {
  const { clock, limits, log } = ports
  const connects = createConnectGate(clock, limits.connectsPerSecond, limits.connectBurst)
  const frames = new FloodLimit(clock, FRAMES * limits.ratePerSecond, FRAMES * limits.burst + ABUSE.burst)
  const connections = new Map<string, Connection>()
  const waiting = new Set<() => void>()
  let accepted = 0
  let endings = 0
  let draining = false
  let closed = false
  let cancelLook: Cancel | undefined

  const links = new Links(clock, () => log.warn({}, 'cut off: it floods'))
  const io = new Server(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    parser: textPackets,
    wsEngine: links.server,
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

  const gatekeeper: Gatekeeper = {
    requests: new FloodLimit(clock, limits.ratePerSecond, limits.burst),
    abuse: new FloodLimit(clock, ABUSE.ratePerSecond, ABUSE.burst),
    began,
    ended,
    isDraining: () => draining,
  }

  const lookLater = (): void => {
    if (!closed)
      cancelLook ??= clock.after(LOOK_MS, () => {
        cancelLook = undefined
        const now = clock.now()
        for (const connection of connections.values()) connection.look(now)
        if (connections.size > 0) lookLater()
      })
  }

  // one function each for all of them, which learns from `data` whose it is: closures would cost each of ten thousand its memory
  function received(this: Socket, name: unknown, ...args: unknown[]): void {
    connectionOf(this).receive(name, args)
  }
  function disconnected(this: Socket): void {
    connections.delete(this.id)
    connectionOf(this).closed()
  }

  for (const space of ['/agent', '/operator'] as const) {
    const namespace: Namespace = io.of(space)
    // consoles are in rooms, and left out of a broadcast by their own; what goes to agents goes to each by its id
    if (space === '/agent') namespace.adapter.addAll = () => {}
    namespace.use((socket, next) => {
      if (draining) return next(wireError(refusal('draining')))
      socket.data.endings = endings
      admit(socket, space, ports).then(
        (principal) => (principal.ok ? letIn(socket, next) : next(wireError(principal.error))),
        (error: unknown) => next(wireError(explain(error, log, 'a handshake failed').error)),
      )
    })
    namespace.on('connection', (socket) => {
      const { conn } = socket as unknown as { readonly conn: EngineConnection }
      conn.transport.socket.admit(frames)
      const connection = new Connection(socket, space, ports, gatekeeper)
      connections.set(socket.id, connection)
      if (socket.data.endings !== endings) connection.lookAgain()
      socket.data = connection
      socket.on('disconnect', disconnected)
      socket.onAny(received)
      forgetOpening(socket)
      lookLater()
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

const connectionOf = (socket: Socket): Connection => socket.data as Connection

/** Socket.IO sends a middleware's error with its `data`. */
const wireError = (error: Refusal): Error => Object.assign(new Error(error.message), { data: error })
