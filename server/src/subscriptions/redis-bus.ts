import { createShardedAdapter } from '@socket.io/redis-adapter'
import { Server } from 'socket.io'
import type { Clock } from '../clock.ts'
import type { Bus } from './ports.ts'
import { type Heard, openRedisPair, type RedisPair } from './redis-pair.ts'

/**
 * A bus over Redis's sharded pub/sub (7.0), through Socket.IO's adapter. On a Socket.IO server of its own that no client
 * ever connects to: with the adapter on the gateway's server every broadcast, and every disconnect, would be all nodes'.
 * Rejects where Redis can't be reached.
 */
export async function openRedisBus(url: string, prefix: string, clock: Clock): Promise<Bus> {
  const pair = await openRedisPair(url, clock)
  let hearers = Number.POSITIVE_INFINITY
  const heardBy = (count: number): void => {
    hearers = count
  }
  const io = new Server({
    adapter: createShardedAdapter(publisherOf(pair, heardBy), subscriberOf(pair), {
      channelPrefix: `${prefix}bus`,
      subscriptionMode: 'static',
    }),
  })
  const { adapter } = io.of('/')
  let closed = false

  return {
    send(topic, message) {
      if (!closed && pair.isReady) io.serverSideEmit(topic, message)
    },
    // this node hears itself
    isAlone: () => hearers <= 1,
    on(topic, listener) {
      io.on(topic, (message: unknown) => {
        // What the listener does wrong is no fault of the message.
        queueMicrotask(() => {
          if (!closed) listener(message)
        })
      })
    },
    async close() {
      closed = true
      await adapter.close()
      pair.close()
    },
  }
}

/** By `sSubscribe` the adapter tells whose client it is. Redis says with each message how many heard it. */
const publisherOf = (pair: RedisPair, heardBy: (count: number) => void) => ({
  sSubscribe: pair.subscribe,
  async sPublish(channel: string, message: string | Buffer): Promise<number> {
    const count = await pair.publish(channel, message)
    heardBy(count)
    return count
  },
})

/** The adapter lets go of these promises: one that rejects would end the process. Its channels end with the connection. */
const subscriberOf = (pair: RedisPair) => ({
  sSubscribe: (channel: string, heard: Heard): Promise<void> => pair.subscribe(channel, heard),
  async sUnsubscribe(): Promise<void> {},
})
