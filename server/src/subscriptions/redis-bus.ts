import { createShardedAdapter } from '@socket.io/redis-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'
import type { Bus } from './ports.ts'

/** What can't be sent within about that is not worth sending any more, ms. */
const CONNECT_WITHIN_MS = 1_000
const LONGEST_WAIT_MS = 500
const PING_EVERY_MS = 2_000
/** Messages that wait to leave; beyond it they are dropped. */
const MOST_PENDING = 1_000

const newClient = (url: string) => {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_PENDING,
    maintNotifications: 'disabled',
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: 3 * PING_EVERY_MS,
      reconnectStrategy: (attempts) => Math.min(LONGEST_WAIT_MS, 20 * 2 ** Math.min(attempts, 5)),
    },
  })
  // it connects again by itself
  client.on('error', () => {})
  return client
}

/**
 * A bus over Redis's sharded pub/sub (7.0), through Socket.IO's adapter. On a Socket.IO server of its own that no client
 * ever connects to: with the adapter on the gateway's server every broadcast, and every disconnect, would be all nodes'.
 * Rejects where Redis can't be reached.
 */
export async function openRedisBus(url: string, prefix: string): Promise<Bus> {
  const publisher = newClient(url)
  const subscriber = newClient(url)
  try {
    await Promise.all([publisher.connect(), subscriber.connect()])
  } catch (error) {
    publisher.destroy()
    subscriber.destroy()
    throw error
  }
  let hearers = Number.POSITIVE_INFINITY
  const heardBy = (count: number): void => {
    hearers = count
  }
  const io = new Server({
    adapter: createShardedAdapter(counting(publisher, heardBy), forgiving(subscriber), {
      channelPrefix: `${prefix}bus`,
      subscriptionMode: 'static',
    }),
  })
  const { adapter } = io.of('/')
  let closed = false

  return {
    send(topic, message) {
      if (!closed && publisher.isReady) io.serverSideEmit(topic, message)
    },
    // this node hears itself
    isAlone: () => hearers <= 1,
    on(topic, listener) {
      io.on(topic, (message: unknown) => {
        if (!closed) listener(message)
      })
    },
    async close() {
      closed = true
      await adapter.close()
      publisher.destroy()
      subscriber.destroy()
    },
  }
}

type Client = ReturnType<typeof newClient>

/** Redis says with each message how many heard it. */
const counting = (client: Client, heardBy: (count: number) => void) => ({
  // by this the adapter tells whose client it is
  sSubscribe: client.sSubscribe.bind(client),
  async sPublish(...args: Parameters<Client['sPublish']>) {
    const count = await client.sPublish(...args)
    heardBy(count)
    return count
  },
})

/** The adapter lets go of these promises: one that rejects would end the process. */
const forgiving = (client: Client) => ({
  sSubscribe: (...args: Parameters<Client['sSubscribe']>) => client.sSubscribe(...args).catch(() => {}),
  sUnsubscribe: (...args: Parameters<Client['sUnsubscribe']>) => client.sUnsubscribe(...args).catch(() => {}),
})
