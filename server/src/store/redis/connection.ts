/**
 * One connection, made again whenever it breaks. Nothing is queued while there is none: what can't be sent is refused, and
 * what was sent and got no answer is told apart from it, since only that may have taken effect (ST8).
 *
 *   connecting → ready → broken → connecting …        closed, from any of them, for good
 */
import { createClient, ErrorReply } from 'redis'
import type { Cancel, Clock } from '../../clock.ts'
import { StoreUnavailable, StoreUnusable } from '../store.ts'
import type { Script } from './script.ts'

/** A command without an answer for this long means that the connection is dead, ms. */
export const ANSWER_WITHIN_MS = 800
const SECOND_LOOK_MS = 50
/** An idle connection is asked whether it lives, and is dead when nothing came for twice as long, ms. */
const PING_EVERY_MS = 2_000
const CONNECT_WITHIN_MS = 1_000
/** Commands that wait for their answers; beyond that Redis is too slow for what is asked of it. */
const MOST_PENDING = 20_000
/** Waits between attempts to connect, ms: at once, then doubling. */
const FIRST_WAIT_MS = 20
const LONGEST_WAIT_MS = 500

/** Sent, and no answer came: it may have taken effect. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost'
}

export type Reply = string | number | null | readonly Reply[]

/** Sends a command. Rejects with StoreUnavailable (not sent), AnswerLost, or Redis's own ErrorReply. */
export type Send = (...args: readonly string[]) => Promise<Reply>

export interface Connection {
  readonly send: Send
  /** As `send`: EVALSHA, and EVAL where Redis doesn't have the script (any more). */
  run(script: Script, key: string, args: readonly string[]): Promise<Reply>
  readonly ready: boolean
  /** Resolves once it is ready; to false where it is not within `ms`, or closed. */
  untilReady(ms: number): Promise<boolean>
  /** Breaks it, so that it is made again, to wherever the address leads by now. */
  renew(): void
  /** How often it was made. */
  readonly connects: number
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly url: string
  readonly clock: Clock
  /** Asks what must be known of every new connection before anyone else may use it. Rejecting breaks it. */
  readonly prepare: (connection: Pick<Connection, 'send' | 'run'>) => Promise<void>
  /**
   * Told of what Redis refuses, whoever asked; of what `prepare` asks or finds unusable only where that keeps the connection from being made
   * again.
   */
  readonly onRefused: (error: ErrorReply | StoreUnusable) => void
}

type Client = ReturnType<typeof newClient>

const newClient = (url: string) =>
  createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_PENDING,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    pingInterval: PING_EVERY_MS,
    // Its own time-out would only drop what was not written yet, at the price of a timer per command.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: 2 * PING_EVERY_MS,
      // Made again here, so that each new one is looked at before it is used.
      reconnectStrategy: false,
    },
  })

/** Rejects with StoreUnavailable where the first attempt fails. */
export async function openConnection({
  url,
  clock,
  prepare,
  onRefused,
}: ConnectionOptions): Promise<Connection> {
  let current: Client | undefined
  let closed = false
  let connects = 0
  const waiting = new Set<() => void>()

  /** Connects and prepares; resolves with what can be used, or rejects with nothing left open. */
  async function connect(): Promise<Client> {
    const client = newClient(url)
    client.on('error', () => {
      if (current === client) broken(client)
    })
    try {
      await client.connect()
      const send = sender(client, clock)
      await prepare({ send, run: runner(send) })
      if (closed) throw new StoreUnavailable('The store is closed.')
    } catch (error) {
      client.destroy()
      throw error
    }
    connects += 1
    current = client
    live = sender(client, clock, onRefused)
    for (const wake of [...waiting]) wake()
    return client
  }

  let live: Send = sendNowhere
  let wait: Cancel = () => {}

  function broken(client: Client): void {
    // A ping that is refused is an error, too, and leaves it open.
    client.destroy()
    current = undefined
    live = sendNowhere
    again(0)
  }

  function again(waitMs: number): void {
    if (closed) return
    wait = clock.after(waitMs, () => {
      connect().catch((error: unknown) => {
        if (error instanceof ErrorReply || error instanceof StoreUnusable) onRefused(error)
        again(Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, waitMs * 2)))
      })
    })
  }

  try {
    await connect()
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof StoreUnusable) throw error
    throw new StoreUnavailable(`Redis can't be used: ${messageOf(error)}.`, { cause: error })
  }
  const send: Send = (...args) => live(...args)

  return {
    send,
    run: runner(send),
    get ready() {
      return current !== undefined
    },
    get connects() {
      return connects
    },
    untilReady(ms) {
      if (current || closed) return Promise.resolve(!closed)
      return new Promise((resolve) => {
        const settle = (): void => {
          waiting.delete(settle)
          cancel()
          resolve(current !== undefined)
        }
        const cancel = clock.after(ms, settle)
        waiting.add(settle)
      })
    },
    renew() {
      if (current) broken(current)
    },
    async close() {
      closed = true
      wait()
      for (const wake of [...waiting]) wake()
      const client = current
      current = undefined
      live = sendNowhere
      client?.destroy()
    },
  }
}

const sendNowhere: Send = () => Promise.reject(new StoreUnavailable('There is no connection to Redis.'))

/** Sends over one client, and ends it where an answer is overdue: answers come in order, so one watch does for all. */
function sender(client: Client, clock: Clock, onRefused?: ConnectionOptions['onRefused']): Send {
  let pending = 0
  let lastAt = 0
  let overdue = false
  let watching = false

  function look(): void {
    watching = false
    if (pending === 0) return
    const leftMs = lastAt + ANSWER_WITHIN_MS - clock.monotonicMs()
    if (leftMs > 0 || !overdue) {
      // After this process itself was held up, timers fire before answers that lie ready are read.
      overdue = leftMs <= 0
      watching = true
      clock.after(overdue ? SECOND_LOOK_MS : leftMs, look)
    } else if (client.isOpen) {
      client.destroy()
      // Being destroyed, it says nothing itself.
      client.emit('error', new Error('no answer'))
    }
  }

  return async (...args) => {
    if (pending === 0) lastAt = clock.monotonicMs()
    pending += 1
    if (!watching) {
      watching = true
      clock.after(ANSWER_WITHIN_MS, look)
    }
    try {
      return (await client.sendCommand(args)) as Reply
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw lostOrUnsent(error)
      onRefused?.(error)
      throw error
    } finally {
      pending -= 1
      lastAt = clock.monotonicMs()
    }
  }
}

const runner =
  (send: Send): Connection['run'] =>
  async ({ sha, text }, key, args) => {
    try {
      return await send('EVALSHA', sha, '1', key, ...args)
    } catch (error) {
      if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT')) throw error
      return await send('EVAL', text, '1', key, ...args)
    }
  }

/** node-redis says by these that nothing left this process. */
const UNSENT = ['ClientOfflineError', 'ClientClosedError']

function lostOrUnsent(error: unknown): Error {
  const message = messageOf(error)
  const unsent = UNSENT.includes(nameOf(error)) || message === 'The queue is full'
  if (unsent) return new StoreUnavailable(`Redis was not asked: ${message}.`, { cause: error })
  return new AnswerLost(`Redis gave no answer: ${message}.`, { cause: error })
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.constructor.name : '')
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
