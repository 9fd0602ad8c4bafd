import { openRedisStore, type RedisStore, systemClock } from '@holdpoint/server'
import { newId } from '@holdpoint/shared'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import type { TestRedis } from '../harness/redis-server.ts'
import { type SwallowingProxy, swallowingProxy } from '../harness/swallowing-proxy.ts'
import type { StoreHarness } from './store-harness.ts'

export interface RedisHarness extends StoreHarness {
  readonly store: RedisStore
  readonly prefix: string
  readonly clock: ManualClock
}

/** Redis's own time goes on; the manual clock starts beyond it, so that nothing can lean on it unnoticed. */
const START = Date.UTC(2100, 0, 1)

/** A store of its own in `redis`, reached through a proxy that can lose what passes. */
export async function openRedis(redis: TestRedis): Promise<RedisHarness> {
  const prefix = `test-${newId()}:`
  const clock = manualClock(START)
  const address = new URL(redis.url)
  let proxy: SwallowingProxy | undefined
  let left: RedisStore[] = []

  const open = async (): Promise<RedisStore> => {
    const url = new URL(redis.url)
    if (proxy) url.host = new URL(proxy.url).host
    return openRedisStore({ url: url.href, prefix, clock: systemClock, manualTime: clock })
  }
  const reach = async (): Promise<RedisStore> => {
    proxy = await swallowingProxy(Number(address.port || 6379), address.hostname)
    return open()
  }
  let store = await reach()

  return {
    get store() {
      return store
    },
    prefix,
    clock,
    advance: clock.advance,
    async jump(ms) {
      clock.jump(ms)
      // A node learns of Redis's clock with the next answer that tells the time.
      await store.heads()
    },
    failNextCommit(how) {
      proxy?.swallow(how === 'kept' ? 'towards-agent' : 'both')
    },
    async reopen() {
      await store.close()
      store = await open()
    },
    async crash() {
      // What a node that dies leaves behind: connections that end, and nothing handed over.
      await proxy?.[Symbol.asyncDispose]()
      left = [...left, store]
      store = await reach()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([store, ...left].map((one) => one.close()))
      await proxy?.[Symbol.asyncDispose]()
      await redis.clear(prefix)
    },
  }
}
