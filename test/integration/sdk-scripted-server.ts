import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AgentState,
  canonicalAction,
  newId,
  type Push,
  type PushItem,
  type Refusal,
  refusal,
} from '@holdpoint/shared'
import { Server, type Socket } from 'socket.io'

/** What a script answers: fields beside the envelope, a refusal, or nothing at all. */
export type Scripted = Record<string, unknown> | { readonly refuse: Refusal } | 'silence'
type Handler = (payload: Record<string, unknown>, count: number) => Scripted | Promise<Scripted>

/**
 * A server that says what a test tells it to, over real sockets: for what a real one can't be brought to do at will,
 * like losing an answer or sending garbage.
 */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  /** Everything that came in, in order. */
  readonly heard: { readonly event: string; readonly payload: Record<string, unknown> }[]
  /** The envelope of each answer to an agent. */
  readonly stands: { state: AgentState; seq: number; ttlMs: number }
  readonly tokens: string[]
  /** Replaces the answer to one request. */
  answer(event: string, handler: Handler): void
  /** Refuses handshakes while set. */
  refuseHandshake(error: Refusal | undefined): void
  /** Numbers, remembers and sends a push; `lose` it to see the client ask. */
  push(items: readonly PushItem[], options?: { readonly state?: AgentState; readonly lose?: boolean }): void
  emit(event: string, payload: unknown): void
  /** Breaks every connection without a word. */
  cut(): void
  payloads(event: string): Record<string, unknown>[]
  /** Connections ever made, and those that are up. */
  readonly connections: number
  readonly open: number
}

export const EPOCH = '1.4'

export async function scriptedServer(): Promise<ScriptedServer> {
  const http = createServer()
  const io = new Server(http, { serveClient: false })
  const heard: ScriptedServer['heard'] = []
  const tokens: string[] = []
  const stands: ScriptedServer['stands'] = { state: 'running', seq: 10, ttlMs: 15_000 }
  const log: Push[] = []
  const handlers = new Map<string, Handler>()
  let refused: Refusal | undefined
  let connections = 0

  const run = () => ({
    agent: {
      id: 'bot',
      labels: { team: 'ops' },
      seq: stands.seq,
      autonomy: { trust: 0.5, level: 'supervised' },
    },
    run: { id: RUN, epoch: EPOCH },
    open: [],
    instructions: [],
    leaseMs: stands.ttlMs || 15_000,
  })
  const missed = (after: number) => log.filter(({ seq }) => seq > after)
  const standard: Record<string, Handler> = {
    'run.start': run,
    'run.resume': ({ after }) => ({ ...run(), missed: missed(after as number) }),
    'lease.renew': ({ after }) => ({ missed: missed(after as number) }),
    'action.request': ({ action, args }) => requestAnswer(action as string, args, 'go'),
    sync: () => ({
      snapshot: { approvals: [], tickets: [], orders: [], counts: { agents: 0, approvals: 0, tickets: 0 } },
      events: [],
      cursor: 'c1',
      more: false,
      storeEpoch: 1,
      partition: 'p',
      seq: 0,
    }),
  }

  const serve = (socket: Socket) => {
    connections += 1
    const hello = {
      protocol: 1,
      minor: 0,
      features: [],
      now: new Date().toISOString(),
      limits: { messageBytes: 1024 * 1024, actionBytes: 65_536, depth: 64, leaseMaxMs: 60_000 },
      something: 'from a newer server',
    }
    socket.emit('hello', hello)
    socket.onAny(async (event: string, payload: Record<string, unknown>, ack?: (reply: unknown) => void) => {
      heard.push({ event, payload })
      const count = heard.filter((one) => one.event === event).length
      const handler = handlers.get(event) ?? standard[event] ?? (() => ({}))
      const reply = await handler(payload, count)
      if (reply === 'silence' || !ack) return
      const envelope = socket.nsp.name === '/agent' ? stands : {}
      const isRefusal = 'refuse' in reply
      ack(isRefusal ? { ok: false, error: reply.refuse, ...envelope } : { ok: true, ...envelope, ...reply })
    })
  }
  for (const name of ['/agent', '/operator']) {
    const namespace = io.of(name)
    namespace.use((socket, next) => {
      tokens.push(String(socket.handshake.auth.token))
      if (!refused) next()
      else next(Object.assign(new Error(refused.code), { data: refused }))
    })
    namespace.on('connection', serve)
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const toAll = (event: string, payload: unknown) => {
    io.of('/agent').emit(event, payload)
    io.of('/operator').emit(event, payload)
  }
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    heard,
    stands,
    tokens,
    answer: (event, handler) => void handlers.set(event, handler),
    refuseHandshake: (error) => {
      refused = error
    },
    push(items, { state = stands.state, lose = false } = {}) {
      stands.seq += 1
      stands.state = state
      const push: Push = { seq: stands.seq, at: new Date().toISOString(), state, items }
      log.push(push)
      if (!lose) toAll('push', push)
    },
    emit: toAll,
    cut() {
      for (const name of ['/agent', '/operator'])
        for (const socket of io.of(name).sockets.values()) socket.conn.close(true)
    },
    payloads: (event) => heard.filter((one) => one.event === event).map(({ payload }) => payload),
    get connections() {
      return connections
    },
    get open() {
      return io.of('/agent').sockets.size + io.of('/operator').sockets.size
    },
    async [Symbol.asyncDispose]() {
      await io.close()
    },
  }
}

export const RUN = newId()

export const no = (code: Parameters<typeof refusal>[0], details?: Record<string, unknown>): Scripted => ({
  refuse: refusal(code, undefined, details),
})

/** The answer to an honest `action.request`. */
export function requestAnswer(
  action: string,
  args: unknown,
  verdict: 'go' | 'wait' | 'refused',
  id = newId(),
): Record<string, unknown> {
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error(bytes.error.message)
  const { digest, canonical } = bytes.value
  return {
    verdict,
    action: { id, digest, canonical },
    level: verdict === 'go' ? 'none' : 'required',
    rules: ['catalogue:x'],
    policyVersion: 'built-in-1',
  }
}
