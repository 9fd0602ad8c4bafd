/**
 * The bus's two connections to Redis, made and ended together: both are at the same Redis, and that is a primary. What is published at a
 * replica reaches nobody elsewhere, and a primary that became one keeps its connections.
 *
 *   connecting → used → broken, or found at a replica → connecting …        closed, from any of them, for good
 */
import { createClient } from 'redis'
import type { Cancel, Clock } from '../clock.ts'

/** What can't be sent within about that is not worth sending any more, ms. */
const CONNECT_WITHIN_MS = 1_000
/** Waits between attempts to connect, ms: at once, then doubling. */
const FIRST_WAIT_MS = 20
const LONGEST_WAIT_MS = 500
const PING_EVERY_MS = 2_000
/** Between two looks at whether it is still the primary, ms. */
const LOOK_EVERY_MS = 2_000
/** Messages that wait to leave; beyond it they are dropped. */
const MOST_PENDING = 1_000

export type Heard = (message: Buffer, channel: Buffer) => void

export interface RedisPair {
  /** Rejects where there is no connection. Resolves to how many heard it, where it was published. */
  publish(channel: string, message: string | Buffer): Promise<number>
  /** Never rejects: what can't be subscribed to now is with the next connection. */
  subscribe(channel: string, heard: Heard): Promise<void>
  readonly isReady: boolean
  close(): void
}

type Client = ReturnType<typeof newClient>

interface Pair {
  readonly publisher: Client
  readonly subscriber: Client
}

const newClient = (url: string) =>
  createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_PENDING,
    maintNotifications: 'disabled',
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: 3 * PING_EVERY_MS,
      // Made again here, both at once.
      reconnectStrategy: false,
    },
  })

/** Rejects where the first attempt fails. */
export async function openRedisPair(url: string, clock: Clock): Promise<RedisPair> {
  const channels = new Map<string, Heard>()
  let current: Pair | undefined
  let closed = false
  let wait: Cancel = () => {}

  async function connect(): Promise<void> {
    const pair: Pair = { publisher: newClient(url), subscriber: newClient(url) }
    for (const client of [pair.publisher, pair.subscriber])
      client.on('error', () => {
        if (current === pair) broken()
      })
    try {
      await Promise.all([pair.publisher.connect(), pair.subscriber.connect()])
      if (!(await isAtPrimary(pair))) throw new Error('This Redis is a replica.')
      await Promise.all([...channels].map(([channel, heard]) => subscribeOn(pair, channel, heard)))
      if (closed || !pair.publisher.isReady || !pair.subscriber.isReady)
        throw new Error('It was closed, or broke, meanwhile.')
    } catch (error) {
      end(pair)
      throw error
    }
    current = pair
    lookLater(pair)
  }

  function broken(): void {
    if (current) end(current)
    current = undefined
    wait()
    again(0)
  }

  function again(waitMs: number): void {
    if (closed) return
    wait = clock.after(waitMs, () => {
      connect().catch(() => again(Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, waitMs * 2))))
    })
  }

  function lookLater(pair: Pair): void {
    wait = clock.after(LOOK_EVERY_MS, () => {
      isAtPrimary(pair).then(
        (is) => {
          if (current !== pair) return
          if (is) lookLater(pair)
          else broken()
        },
        // A connection that breaks says so itself; what Redis refuses for now is asked again.
        () => {
          if (current === pair) lookLater(pair)
        },
      )
    })
  }

  await connect()

  return {
    publish(channel, message) {
      if (!current) return Promise.reject(new Error('There is no connection to Redis.'))
      return current.publisher.sPublish(channel, message)
    },
    async subscribe(channel, heard) {
      channels.set(channel, heard)
      if (current) await subscribeOn(current, channel, heard)
    },
    get isReady() {
      return current !== undefined
    },
    close() {
      closed = true
      wait()
      if (current) end(current)
      current = undefined
    },
  }
}

function end({ publisher, subscriber }: Pair): void {
  publisher.destroy()
  subscriber.destroy()
}

/** Where Redis forbids it nobody is heard, and what others have done is read a moment later. */
const subscribeOn = ({ subscriber }: Pair, channel: string, heard: Heard): Promise<void> =>
  subscriber.sSubscribe(channel, bearing(heard), true).catch(() => {})

/** Anybody may publish there: what is no message of a node's must not end this one. */
const bearing =
  (heard: Heard): Heard =>
  (message, channel) => {
    try {
      heard(message, channel)
    } catch {}
  }

const isAtPrimary = async ({ publisher }: Pair): Promise<boolean> =>
  /^role:master\r?$/m.test(String(await publisher.sendCommand(['INFO', 'replication'])))
