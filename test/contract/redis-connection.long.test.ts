import { type Clock, type RedisStore, StoreUnavailable, systemClock, verifyChain } from '@holdpoint/server'
import { MINUTE, SECOND } from '@holdpoint/shared'
import { createClient } from 'redis'
import { afterAll, describe, expect, it } from 'vitest'
import { startRedis, testRedis } from '../harness/redis-server.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'
import { dueNow, remember } from './redis-commits.ts'
import { countUp, newTally, nodesOn, statusOf } from './redis-nodes.ts'
import {
  agentRef,
  changeTo,
  committed,
  partition,
  startedBy,
  TENANT,
  upTo,
  wholeFeed,
  worker,
} from './store-harness.ts'

const redis = await testRedis()

afterAll(() => redis[Symbol.asyncDispose]())

describe('a connection that breaks', () => {
  it('[ST8] [PR2] CLIENT KILL and SCRIPT FLUSH under load: every command takes effect once', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const stores = [await nodes.open(), await nodes.open()]
    const tally = newTally()
    let over = false
    const load = Promise.all(
      stores.flatMap((store, n) => upTo(8).map((m) => countUp(() => store, `a${n}-${m}`, 60, tally))),
    ).finally(() => {
      over = true
    })
    let kills = 0
    for (; !over; kills++) {
      await own.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await own.send('SCRIPT', 'FLUSH')
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    await load
    const feed = await wholeFeed(stores[0] as RedisStore)
    expect(verifyChain(feed)).toBeUndefined()
    expect(feed.map(({ agent, data }) => `${agent} ${data.step}`).sort()).toEqual(tally.acknowledged.sort())
    expect(kills).toBeGreaterThan(3)
    expect(stores.reduce((sum, store) => sum + store.stats().connects, 0)).toBeGreaterThan(4)
    expect(tally.slowestMs).toBeLessThan(2 * SECOND)
  })

  it('[ST8] a script that ends in its midst is not asked again, and nothing of it is taken for done', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const defects: string[] = []
    const store = await nodes.open({ onDefect: ({ message }) => defects.push(message) })
    await committed(store, worker)
    const [head] = (await own.send('KEYS', '*:doc:agent:worker')) as readonly string[]
    // of another type than the script writes there, behind the document and the events
    await own.send('SET', `${head?.replace(':doc:agent:worker', '')}:records:run`, 'in the way')
    const records = [{ kind: 'run' as const, id: 'r', status: 'open', open: true, at: 1, data: {} }]
    await expect(store.commit(changeTo(agentRef('other'), store.now(), { records }))).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      message: expect.stringContaining('WRONGTYPE'),
    })
    // nobody who is told "unknown" would say so
    expect(defects).toEqual([expect.stringContaining('WRONGTYPE')])
    expect(store.stats()).toMatchObject({ resent: 0, defects: 1 })
  })

  it('[ST8] what Redis refuses whatever its state is no outage: it is told once, and each is counted', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const defects: string[] = []
    const store = await nodes.open({ onDefect: ({ message }) => defects.push(message) })
    await committed(store, worker)
    const [key = ''] = (await own.send('KEYS', '*:doc:agent:worker')) as readonly string[]
    await own.send('SET', key, 'of another type')
    for (const _ of upTo(3)) {
      const refused = await store.load(worker).catch((error: unknown) => error)
      expect(refused).not.toBeInstanceOf(StoreUnavailable)
      expect(refused).toMatchObject({ message: expect.stringContaining('WRONGTYPE') })
    }
    expect(defects).toHaveLength(1)
    expect(store.stats().defects).toBe(3)
    // in a script
    await own.send('SET', key.replace(':doc:agent:worker', ':records:run'), 'of another type')
    await expect(store.records({ tenant: TENANT, kind: 'run', limit: 1 })).rejects.toThrow('WRONGTYPE')
    expect(defects).toHaveLength(2)
    expect(store.writable()).toBe(true)
  })

  it('[ST8] a connection that can not be made again for a defect says so', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const defects: string[] = []
    const store = await nodes.open({ onDefect: ({ message }) => defects.push(message) })
    const [key = ''] = (await own.send('KEYS', '*store')) as readonly string[]
    await own.send('SET', key, 'of another type')
    await own.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until('it is told', () => defects.length > 0)
    expect(defects).toEqual([expect.stringContaining('WRONGTYPE')])
    await expect(store.load(worker)).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('[PR1] a connection that can not be made again because Redis promises less than it must says so', async () => {
    await using own = await startRedis('--appendfsync', 'always', '--maxmemory-policy', 'noeviction')
    await using nodes = nodesOn(own.url)
    const defects: string[] = []
    const store = await nodes.open({
      strict: { appendfsync: 'always', replicas: 0 },
      onDefect: ({ message }) => defects.push(message),
    })
    await own.send('CONFIG', 'SET', 'appendfsync', 'everysec')
    await own.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until('it is told', () => defects.length > 0)
    expect(defects).toEqual([
      'Redis promises less than it must (strict): appendfsync is everysec, not always.',
    ])
    await expect(store.load(worker)).rejects.toBeInstanceOf(StoreUnavailable)
    await own.send('CONFIG', 'SET', 'appendfsync', 'always')
    await until('it goes on', () => store.writable())
    await committed(store, worker)
  })

  it('[ST8] a Redis that is busy, or lost its primary, is an outage and no defect', async () => {
    await using own = await startRedis('--busy-reply-threshold', '1', '--replica-serve-stale-data', 'no')
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await committed(store, worker)
    const busy = own.send('EVAL', 'while true do end', '0').catch((error: Error) => error.message)
    const other = createClient({ url: own.url })
    await other.connect()
    await until('it is busy', () =>
      other.sendCommand(['PING']).then(
        () => false,
        () => true,
      ),
    )
    await expect(store.load(worker)).rejects.toThrow(StoreUnavailable)
    await expect(store.load(worker)).rejects.toThrow('BUSY')
    await other.sendCommand(['SCRIPT', 'KILL'])
    await busy
    await other.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    other.destroy()
    await expect(store.load(worker)).rejects.toThrow('MASTERDOWN')
    await expect(store.heads()).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.commit(changeTo(agentRef('w'), store.now()))).rejects.toBeInstanceOf(StoreUnavailable)
    expect(store.stats().defects).toBe(0)
  })

  it('a Redis that forgot the scripts is told them again', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await committed(store, worker, { deadlines: dueNow(store, 'expiry') })
    await own.send('SCRIPT', 'FLUSH')
    const many = upTo(100).map((n) => committed(store, agentRef(`w${n}`)))
    expect(await store.claimDeadlines(1, MINUTE)).toHaveLength(1)
    expect(await store.history({ tenant: TENANT, limit: 1 })).toHaveLength(1)
    await Promise.all(many)
    expect(store.stats()).toMatchObject({ connects: 1, resent: 0 })
    expect(verifyChain(await wholeFeed(store))).toBeUndefined()
  })

  /** Two nodes; the first one's answers get lost from `swallow` on, until `heal`. */
  async function withLostAnswers() {
    const nodes = nodesOn(redis.url)
    const address = new URL(redis.url)
    const proxy = await swallowingProxy(Number(address.port || 6379), address.hostname)
    const through = new URL(redis.url)
    through.host = new URL(proxy.url).host
    const first = await nodes.open({ url: through.href })
    const second = await nodes.open()
    await committed(first, agentRef('before'))
    return {
      proxy,
      first,
      second,
      async [Symbol.asyncDispose]() {
        await nodes[Symbol.asyncDispose]()
        await proxy[Symbol.asyncDispose]()
        await redis.clear(nodes.prefix)
      },
    }
  }

  it('[ST8] a commit whose answer got lost is found again, also without a command id', async () => {
    await using h = await withLostAnswers()
    h.proxy.swallow('towards-agent')
    const two = [startedBy('worker'), startedBy('worker')]
    const found = h.first.commit(changeTo(worker, h.first.now(), { events: two }))
    await until('it took effect', async () => (await h.second.load(worker)).version === 1)
    await committed(h.second, agentRef('meanwhile'))
    h.proxy.heal()
    const feed = await wholeFeed(h.second)
    expect(await found).toEqual({
      status: 'committed',
      version: 1,
      write: (await h.second.load(worker)).write,
      events: feed.slice(1, 3),
      head: { partition, tenant: TENANT, seq: 3, hash: feed[2]?.hash },
    })
    expect(h.first.stats().resent).toBeGreaterThan(0)
    expect(await wholeFeed(h.second)).toHaveLength(4)
  })

  it('[ST8] one that another has built on is found by its command id, and unknown without', async () => {
    await using h = await withLostAnswers()
    h.proxy.swallow('towards-agent')
    const plain = h.first.commit(changeTo(worker, h.first.now()))
    const named = h.first.commit(changeTo(agentRef('named'), h.first.now(), { remember: remember('k1') }))
    const ended = Promise.allSettled([plain, named])
    await until('both took effect', async () => (await h.second.load(agentRef('named'))).version === 1)
    await committed(h.second, worker, { expectedVersion: 1 })
    await committed(h.second, agentRef('named'), { expectedVersion: 1 })
    h.proxy.heal()
    expect((await ended).map(statusOf)).toEqual(['OutcomeUnknown', 'committed'])
    expect(await named).toMatchObject({ version: 1, head: { seq: 3 } })
    expect(await wholeFeed(h.second)).toHaveLength(5)
  })

  it('[ST3] [ST8] [PR1] SIGKILL in the middle of commits: what was acknowledged is there, nothing twice', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const stores = [await nodes.open(), await nodes.open()]
    const { epoch } = stores[0] as RedisStore
    const tally = newTally()
    let over = false
    const load = Promise.all(
      stores.flatMap((store, n) => upTo(8).map((m) => countUp(() => store, `a${n}-${m}`, 150, tally))),
    ).finally(() => {
      over = true
    })
    let kills = 0
    for (; !over && kills < 4; kills++) {
      const acknowledged = tally.acknowledged.length
      await until('some more commits', () => over || tally.acknowledged.length > acknowledged + 50)
      await own.signal('SIGKILL')
      await own.restart()
    }
    await load
    const feed = await wholeFeed(stores[1] as RedisStore)
    expect(verifyChain(feed)).toBeUndefined()
    expect(feed.map(({ agent, data }) => `${agent} ${data.step}`).sort()).toEqual(tally.acknowledged.sort())
    expect(kills).toBeGreaterThan(1)
    const resent = stores.reduce((sum, store) => sum + store.stats().resent, 0)
    expect(resent + tally.unknown + tally.unavailable).toBeGreaterThan(0)
    expect(tally.slowestMs).toBeLessThan(2 * SECOND)
    // Nothing was lost, so the epoch stands.
    expect((await nodes.open()).epoch).toBe(epoch)
  })

  it('[PR2] [ST8] a Redis that stands still: unknown within 2 s, and settled under the same command id', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await committed(store, worker)
    await own.signal('SIGSTOP')
    const startedAt = performance.now()
    const change = changeTo(worker, store.now(), { expectedVersion: 1, remember: remember('k1') })
    const plain = changeTo(agentRef('other'), store.now())
    const both = await Promise.allSettled([store.commit(change), store.commit(plain), store.load(worker)])
    expect(performance.now() - startedAt).toBeLessThan(2 * SECOND)
    expect(both.slice(0, 2).map((one) => one.status === 'rejected' && one.reason.name)).toEqual([
      'OutcomeUnknown',
      'OutcomeUnknown',
    ])
    expect(both[2]).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
    // Without a connection a commit is certainly not taken, and refused at once.
    expect(store.writable()).toBe(false)
    await expect(store.commit(plain)).rejects.toBeInstanceOf(StoreUnavailable)
    await own.signal('SIGCONT')
    await until('it is back', () => store.stats().connected)
    const again = await store.commit(change)
    expect(['committed', 'repeated']).toContain(again.status)
    const feed = await wholeFeed(store)
    expect(feed.filter(({ command }) => command?.key === 'k1')).toHaveLength(1)
    expect(verifyChain(feed)).toBeUndefined()
  })

  it('[ST8] a Redis without room refuses, and says when it takes writes again', async () => {
    await using own = await startRedis('--maxmemory-policy', 'noeviction')
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await committed(store, worker)
    await own.send('CONFIG', 'SET', 'maxmemory', '1')
    const results = await Promise.allSettled(
      upTo(3).map((n) => store.commit(changeTo(agentRef(`w${n}`), store.now()))),
    )
    expect(results.map(statusOf)).toEqual(upTo(3).map(() => 'StoreUnavailable'))
    expect(store.writable()).toBe(false)
    // reading needs no room
    expect(await store.load(worker)).toMatchObject({ version: 1 })
    expect(store.stats().defects).toBe(0)
    await own.send('CONFIG', 'SET', 'maxmemory', '0')
    await until('it is writable', () => store.writable())
    expect(await wholeFeed(store)).toHaveLength(1)
    await committed(store, worker, { expectedVersion: 1 })
  })

  it('[ST11] a Redis without room gets some: what an archive holds is trimmed', async () => {
    await using own = await startRedis('--maxmemory-policy', 'noeviction')
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    for (const n of upTo(5)) await committed(store, agentRef(`w${n}`))
    const at = store.partitionOf(TENANT)
    await own.send('CONFIG', 'SET', 'maxmemory', '1')
    const { seq, hash } = await store.head(at)
    await store.confirmArchived(at, seq, hash)
    expect(await store.trim(at, 4)).toBe(4)
    expect(await store.readFeed(at, 0, 9)).toHaveLength(1)
    await own.send('CONFIG', 'SET', 'maxmemory', '0')
    await until('it is writable', () => store.writable())
    await committed(store, agentRef('next'))
  })

  it('[ST7] a store that is closed while Redis has no room asks no more', async () => {
    await using own = await startRedis('--maxmemory-policy', 'noeviction')
    await using nodes = nodesOn(own.url)
    const open = new Set<{ readonly ms: number }>()
    const after: Clock['after'] = (ms, wake) => {
      const wait = { ms }
      open.add(wait)
      const cancel = systemClock.after(ms, () => {
        open.delete(wait)
        wake()
      })
      return () => {
        open.delete(wait)
        cancel()
      }
    }
    const store = await nodes.open({ clock: { ...systemClock, after } })
    await committed(store, worker)
    await own.send('CONFIG', 'SET', 'maxmemory', '1')
    const refused = store.commit(changeTo(agentRef('w1'), store.now()))
    const closed = store.close()
    await expect(refused).rejects.toBeInstanceOf(StoreUnavailable)
    await closed
    // What watches over an answer that has come may still look once.
    expect([...open].filter(({ ms }) => ms > SECOND)).toEqual([])
  })
})
