/** What only the Redis store has: many nodes, a server that goes away, and settings that are not its own. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Clock,
  openRedisStore,
  type RedisStore,
  StoreUnavailable,
  StoreUnusable,
  systemClock,
  verifyChain,
} from '@holdpoint/server'
import { HOUR, MINUTE, newId, SECOND } from '@holdpoint/shared'
import { afterAll, describe, expect, it } from 'vitest'
import { type RedisProcess, startRedis, testRedis } from '../harness/redis-server.ts'
import { swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'
import { temporaryFolder } from './embedded-harness.ts'
import { countUp, newTally, nodesOn, statusOf } from './redis-nodes.ts'
import { agentRef, changeTo, committed, startedBy, TENANT, wholeFeed } from './store-harness.ts'

const redis = await testRedis()
afterAll(() => redis[Symbol.asyncDispose]())

const worker = agentRef('worker')
const partition = `${TENANT}/0`
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

const remember = (key: string, answer: unknown = key) => ({
  command: { principal: 'worker', key },
  fingerprint: '',
  answer,
  retain: { forMs: MINUTE },
})

const dueNow = (store: RedisStore, name: string) => ({ set: [{ name, dueAt: store.now() - 1 }] })

/** How often each command was called since the last time, calls from scripts included. */
async function commandCounts(on: {
  send(...args: string[]): Promise<unknown>
}): Promise<Map<string, number>> {
  const text = String(await on.send('INFO', 'commandstats'))
  await on.send('CONFIG', 'RESETSTAT')
  return new Map(
    [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', n]) => [name, Number(n)]),
  )
}

describe('keys', () => {
  it('[ST1] every key of a partition is in one slot of a cluster, and the cluster takes every script', async () => {
    await using cluster = await startRedis('--cluster-enabled', 'yes')
    await cluster.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await until('the cluster is up', async () =>
      String(await cluster.send('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    )
    await using nodes = nodesOn(cluster.url)
    const store = await nodes.open()
    for (const tenant of [TENANT, 'other']) {
      const ref = agentRef('worker', tenant)
      const more = {
        events: upTo(3).map((seq) => ({ ...startedBy('worker'), push: { seq, state: 'running' } })),
        deadlines: dueNow(store, 'expiry'),
        blobs: [{ digest: 'sha256:1', text: 'text' }],
        records: [
          {
            kind: 'ticket' as const,
            id: 't',
            agent: 'worker',
            status: 'open',
            open: true,
            at: 1,
            data: {},
          },
        ],
        remember: { ...remember('k1'), retain: { holder: 'item' } },
      }
      await committed(store, ref, more)
      await committed(store, ref, {
        expectedVersion: 1,
        remember: remember('k2'),
        closeHolders: ['item'],
        deadlines: { ...dueNow(store, 'reminder'), clear: ['nothing'] },
      })
      await committed(store, ref, {
        expectedVersion: 2,
        remember: { ...remember('k3'), retain: { holder: 'x' } },
      })
      const feed = store.partitionOf(tenant)
      const [first] = await store.readFeed(feed, 0, 1)
      await store.readPushes(tenant, 'worker', 0, 5)
      await store.history({ tenant, type: 'agent.*', by: 'worker', limit: 5 })
      await store.records({ tenant, kind: 'ticket', limit: 5 })
      await store.confirmArchived(feed, 1, first?.hash ?? '')
      expect(await store.trim(feed, 1)).toBe(1)
    }
    expect(await store.claimDeadlines(3, HOUR)).toHaveLength(3)

    const keys = (await cluster.keys(nodes.prefix)).filter((key) => key.includes('{'))
    const slots = await Promise.all(
      keys.map(
        async (key) => [key.match(/\{(.*?)\}/)?.[1], await cluster.send('CLUSTER', 'KEYSLOT', key)] as const,
      ),
    )
    for (const tag of [partition, 'other/0']) {
      const own = slots.filter(([of]) => of === tag).map(([, slot]) => slot)
      expect(own.length).toBeGreaterThan(20)
      expect(new Set(own).size).toBe(1)
    }
  })

  it('[ID1] of nodes that replace one thing at the same moment, one is first, and all are told whose stands', async () => {
    await using nodes = nodesOn(redis.url)
    const [one, two] = [await nodes.open(), await nodes.open()]
    for (const round of upTo(40)) {
      const name = `signer-${round}`
      await one.agree(name, 'old', () => false)
      const knowsOld = (standing: string) => standing === 'old'
      const told = await Promise.all([one.agree(name, 'a', knowsOld), two.agree(name, 'b', knowsOld)])
      const stands = await redis.send('HGET', `${nodes.prefix}store`, name)
      expect(told).toEqual([stands, stands])
      // who knows what came first may still replace it
      expect(await two.agree(name, 'c', (standing) => standing === stands)).toBe('c')
    }
    await redis.clear(nodes.prefix)
  })

  it('the number of a tenant’s partitions is recorded, and another one is not guessed at', async () => {
    await using nodes = nodesOn(redis.url)
    const store = await nodes.open()
    await committed(store, worker)
    expect(await redis.send('HGET', `${nodes.prefix}tenants`, TENANT)).toBe('1')
    await redis.send('HSET', `${nodes.prefix}tenants`, 'large', '4')
    await expect(committed(store, agentRef('w', 'large'))).rejects.toBeInstanceOf(StoreUnusable)
    await expect(nodes.open()).rejects.toThrow('large has 4 partitions')
    await redis.clear(nodes.prefix)
  })

  it('a store of another layout is refused with a sentence', async () => {
    await using nodes = nodesOn(redis.url)
    await redis.send('HSET', `${nodes.prefix}store`, 'layout', '99', 'id', 'x', 'epoch', '1')
    const refusal = nodes.open()
    await expect(refusal).rejects.toBeInstanceOf(StoreUnusable)
    await expect(refusal).rejects.toThrow(/another version of Holdpoint \(its layout is 99/)
    await redis.clear(nodes.prefix)
  })
})

describe('round trips', () => {
  it('[ST3] a commit that nobody contends with is one call, and so are all of one turn', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await committed(store, worker)
    await commandCounts(own)
    await committed(store, worker, { expectedVersion: 1 })
    expect((await commandCounts(own)).get('evalsha')).toBe(1)
    await Promise.all(upTo(30).map((n) => committed(store, agentRef(`w${n}`))))
    const counts = await commandCounts(own)
    // Handing in hashes may take one more, a moment later.
    expect(counts.get('evalsha')).toBeLessThanOrEqual(2)
    expect(counts.get('xrange') ?? 0).toBe(0)
    expect(store.stats()).toMatchObject({ answered: 32, calls: 3, resent: 0 })
    const feed = await wholeFeed(store)
    expect(feed).toHaveLength(32)
    expect(verifyChain(feed)).toBeUndefined()
  })

  it('[ST2] within one turn later changes see earlier ones', async () => {
    await using nodes = nodesOn(redis.url)
    const store = await nodes.open()
    await committed(store, agentRef('first'))
    const commit = (expectedVersion: number) =>
      store.commit(changeTo(worker, store.now(), { expectedVersion, doc: { after: expectedVersion } }))
    const results = await Promise.all([commit(0), commit(1), commit(1), commit(2)])
    expect(results).toMatchObject([
      { status: 'committed', version: 1 },
      { status: 'committed', version: 2 },
      { status: 'stale', version: 2, doc: { after: 1 } },
      { status: 'committed', version: 3 },
    ])
    await redis.clear(nodes.prefix)
  })

  it('[ST2] a number that is none fails its change alone, before Redis hears of it', async () => {
    await using nodes = nodesOn(redis.url)
    const store = await nodes.open()
    const due = (dueAt: number) => ({ deadlines: { set: [{ name: 'expiry', dueAt }] } })
    const results = await Promise.allSettled([
      store.commit(changeTo(agentRef('w1'), store.now())),
      store.commit(changeTo(agentRef('w2'), store.now(), due(Number.NaN))),
      store.commit(changeTo(agentRef('w3'), Number.NaN)),
      store.commit(changeTo(agentRef('w4'), store.now(), due(1.5))),
    ])
    expect(results.map(statusOf)).toEqual(['committed', 'TypeError', 'TypeError', 'committed'])
    expect(await wholeFeed(store)).toHaveLength(2)
    await redis.clear(nodes.prefix)
  })

  it('[PR7] a node that comes late to many events computes the hashes that nobody handed in', async () => {
    await using nodes = nodesOn(redis.url)
    const store = await nodes.open()
    const many = upTo(500).map(() => startedBy('worker'))
    for (const n of upTo(6)) await committed(store, agentRef(`w${n}`), { events: many })
    const head = `${nodes.prefix}{${partition}}`
    await until('the hashes are kept', async () => (await redis.send('HGET', head, 'sealed')) === '3000')
    const hash = String(await redis.send('HGET', head, 'hash'))
    await redis.send('DEL', `${head}:chain`)
    await redis.send('HDEL', head, 'sealed', 'hash')
    const late = await nodes.open()
    expect(await late.head(partition)).toMatchObject({ seq: 3000, hash })
    await until('they are kept again', async () => (await redis.send('HGET', head, 'sealed')) === '3000')
    expect(await redis.send('HGET', head, 'hash')).toBe(hash)
    expect(verifyChain(await wholeFeed(late))).toBeUndefined()
    await redis.clear(nodes.prefix)
  })

  it('[ST4] expired answers are cleared away as others come', async () => {
    await using nodes = nodesOn(redis.url)
    const store = await nodes.open()
    const answered = (n: number, forMs: number) => ({ remember: { ...remember(`k${n}`), retain: { forMs } } })
    await Promise.all(upTo(40).map((n) => committed(store, agentRef(`w${n}`), answered(n, 1))))
    await until('the answers have expired', async () => {
      const { earlier } = await store.load(worker, { principal: 'worker', key: 'k40' })
      await store.heads()
      return earlier === undefined
    })
    for (const n of upTo(15)) await committed(store, agentRef(`late${n}`), answered(100 + n, HOUR))
    expect(await redis.send('HLEN', `${nodes.prefix}{${partition}}:answers`)).toBe(15)
    await redis.clear(nodes.prefix)
  })
})

describe('time', () => {
  it('[ST10] is Redis’s own, for every node, and never behind what a commit was told', async () => {
    await using nodes = nodesOn(redis.url)
    const [a, b] = [await nodes.open(), await nodes.open()]
    const redisTime = async () => {
      const [seconds, micros] = (await redis.send('TIME')) as [string, string]
      return Number(seconds) * 1000 + Number(micros) / 1000
    }
    await committed(a, worker)
    for (let n = 0; n < 20; n++) {
      const before = await redisTime()
      const late = changeTo(worker, 0, { expectedVersion: 1, notAfter: before - 1 })
      const results = await Promise.all([a.commit(late), b.commit(late)])
      for (const [i, result] of results.entries()) {
        if (result.status !== 'too_late') throw new Error(`expected too_late, got ${result.status}`)
        expect(result.now).toBeGreaterThanOrEqual(Math.floor(before))
        expect([a, b][i]?.now()).toBeGreaterThanOrEqual(result.now)
      }
      // Behind by the answer's way at most, ahead by nothing.
      expect(a.now()).toBeLessThanOrEqual(await redisTime())
    }
    await redis.clear(nodes.prefix)
  })
})

describe('several nodes', () => {
  it('[ST2] [ST5] [PR7] race on one document and one feed: every commit once, one chain, the same for all', async () => {
    await using nodes = nodesOn(redis.url)
    const stores = await Promise.all(upTo(3).map(() => nodes.open()))
    const tally = newTally()
    await Promise.all(
      stores.flatMap((store, n) => [
        countUp(() => store, `own-${n}`, 60, tally),
        ...upTo(3).map((m) => contend(store, `${n}-${m}`, 20)),
      ]),
    )
    const feeds = await Promise.all(stores.map((store) => wholeFeed(store)))
    expect(feeds[0]).toHaveLength(3 * 60 + 9 * 20)
    expect(verifyChain(feeds[0] ?? [])).toBeUndefined()
    for (const feed of feeds) expect(feed).toEqual(feeds[0])
    const { version } = await (stores[0] as RedisStore).load(agentRef('contended'))
    expect(version).toBe(9 * 20)
    await redis.clear(nodes.prefix)
  })

  /** Many writers, one document: whoever is stale goes on from what stands. */
  async function contend(store: RedisStore, writer: string, times: number): Promise<void> {
    let expectedVersion = 0
    for (let done = 0; done < times; ) {
      const more = { expectedVersion, doc: { writer, done } }
      const result = await store.commit(changeTo(agentRef('contended'), store.now(), more))
      expectedVersion =
        result.status === 'committed' || result.status === 'stale' ? result.version : Number.NaN
      if (result.status === 'committed') {
        expect(result.events.map(({ hash }) => hash)).toEqual([result.head.hash])
        expect(await store.hashAt(partition, result.head.seq)).toBe(result.head.hash)
        done += 1
      }
    }
  }

  it('[ST6] [PR3] each deadline is claimed by one of them, and comes back where its claimer died', async () => {
    await using nodes = nodesOn(redis.url)
    const stores = await Promise.all(upTo(3).map(() => nodes.open()))
    const [first] = stores as [RedisStore]
    await Promise.all(
      upTo(60).map((n) => committed(first, agentRef(`w${n}`), { deadlines: dueNow(first, `d${n}`) })),
    )
    const LEASE = 300
    const claimedAt = first.now()
    const claims = await Promise.all(
      stores.flatMap((store) => upTo(4).map(() => store.claimDeadlines(7, LEASE))),
    )
    const names = claims.flat().map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(60)
    // Nobody cleared any: as if all who claimed had died.
    const again = new Set<string>()
    await until('all have come back', async () => {
      for (const { name } of await (stores[2] as RedisStore).claimDeadlines(60, HOUR)) {
        expect(again).not.toContain(name)
        again.add(name)
      }
      return again.size === 60
    })
    expect((stores[2] as RedisStore).now()).toBeGreaterThanOrEqual(claimedAt + LEASE)
    await redis.clear(nodes.prefix)
  })

  it('what one has trimmed, another does without', async () => {
    await using nodes = nodesOn(redis.url)
    const [a, b] = [await nodes.open(), await nodes.open()]
    await committed(b, worker)
    const { head } = await committed(a, worker, {
      expectedVersion: 1,
      events: upTo(5).map(() => startedBy('worker')),
    })
    await a.confirmArchived(partition, head.seq, head.hash)
    expect(await a.trim(partition, head.seq)).toBe(6)
    expect(await b.head(partition)).toEqual(head)
    const next = await committed(b, worker, { expectedVersion: 2 })
    expect(verifyChain(next.events, head)).toBeUndefined()
    await redis.clear(nodes.prefix)
  })

  it('a tenant that another node brought is among the heads, and its deadlines are claimed', async () => {
    await using nodes = nodesOn(redis.url)
    const [a, b] = [await nodes.open(), await nodes.open()]
    await committed(a, worker)
    expect(await b.heads()).toHaveLength(1)
    await committed(a, agentRef('w', 'new'), { deadlines: dueNow(a, 'expiry') })
    expect((await b.heads()).map(({ tenant }) => tenant)).toEqual([TENANT, 'new'])
    const [due] = await until('it is claimed', async () => {
      const claimed = await b.claimDeadlines(5, MINUTE)
      return claimed.length > 0 && claimed
    })
    expect(due).toMatchObject({ ref: agentRef('w', 'new'), name: 'expiry' })
    await redis.clear(nodes.prefix)
  })
})

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
    await own.send('CONFIG', 'SET', 'maxmemory', '0')
    await until('it is writable', () => store.writable())
    expect(await wholeFeed(store)).toHaveLength(1)
    await committed(store, worker, { expectedVersion: 1 })
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

describe('promises', () => {
  it('one that can’t keep its witness is not opened, and leaves no connection behind', async () => {
    await using own = await startRedis()
    using folder = temporaryFolder()
    await using nodes = nodesOn(own.url)
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    await expect(nodes.open({ witness: join(file, 'witness.json') })).rejects.toThrow(/ENOTDIR|EEXIST/)
    await until('only this test is connected', async () =>
      /^\S[^\n]*\n$/.test(String(await own.send('CLIENT', 'LIST'))),
    )
  })

  it('[PR1] what Redis runs with is shown, and a strict store refuses less than it must have', async () => {
    await using own = await startRedis('--appendfsync', 'everysec', '--maxmemory-policy', 'allkeys-lru')
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    expect(store.stats().settings).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      appendonly: 'yes',
      appendfsync: 'everysec',
      maxmemoryPolicy: 'allkeys-lru',
      replicas: 0,
    })
    const strict = nodes.open({ strict: { appendfsync: 'always', replicas: 1 } })
    await expect(strict).rejects.toBeInstanceOf(StoreUnusable)
    await expect(strict).rejects.toThrow(
      'appendfsync is everysec, not always; maxmemory-policy is allkeys-lru, not noeviction; 0 replicas are connected, not 1',
    )
    await own.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await nodes.open({ strict: { appendfsync: 'everysec', replicas: 0 } })
  })
})

describe('lost history', () => {
  async function comeBackWith(own: RedisProcess, change: () => void): Promise<void> {
    await own.signal('SIGKILL')
    change()
    await own.restart()
  }

  it('[ST9] [PR4] a Redis that came back without its last commits ends the nodes, raises the epoch and says so', async () => {
    await using own = await startRedis()
    using backup = temporaryFolder()
    await using nodes = nodesOn(own.url)
    const fatal: Error[] = []
    const [a, b] = [await nodes.open({ onFatal: (error) => fatal.push(error) }), await nodes.open()]
    await committed(a, worker)
    await committed(a, agentRef('elsewhere', 'other'))
    cpSync(own.data, join(backup.path, 'data'), { recursive: true })
    await committed(a, worker, { expectedVersion: 1 })
    const { head: witnessed } = await committed(a, worker, { expectedVersion: 2 })

    await comeBackWith(own, () => {
      rmSync(own.data, { recursive: true })
      cpSync(join(backup.path, 'data'), own.data, { recursive: true })
    })
    await until('it is noticed', () => fatal.length > 0)
    expect(fatal).toHaveLength(1)
    expect(a.writable()).toBe(false)
    await expect(a.load(worker)).rejects.toBeInstanceOf(StoreUnusable)
    await expect(committed(a, worker)).rejects.toBeInstanceOf(StoreUnusable)
    // One that has seen nothing of it is shut out all the same, where history was lost.
    await until('the other is connected', () => b.stats().connected)
    await expect(b.commit(changeTo(worker, b.now(), { expectedVersion: 1 }))).rejects.toThrow(
      /another history/,
    )

    const anew = await nodes.open()
    expect(anew.epoch).toBe(a.epoch + 1)
    const feed = await wholeFeed(anew)
    expect(feed).toHaveLength(2)
    expect(feed[1]).toMatchObject({
      type: 'store.history_lost',
      by: 'system',
      data: {
        epoch: anew.epoch,
        previousEpoch: a.epoch,
        witnessed: { seq: witnessed.seq, hash: witnessed.hash },
        found: { seq: 1, hash: feed[0]?.hash },
      },
    })
    expect(verifyChain(feed)).toBeUndefined()
    expect(await wholeFeed(anew, 'other/0')).toHaveLength(1)
    await committed(anew, worker, { expectedVersion: 1 })
    expect((await nodes.open()).epoch).toBe(anew.epoch)
  })

  it('[ST9] [PR4] one that came back empty: the same, by its nodes alone', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const fatal: Error[] = []
    const store = await nodes.open({ onFatal: (error) => fatal.push(error) })
    await committed(store, worker)
    await comeBackWith(own, () => rmSync(own.data, { recursive: true }))
    await until('it is noticed', () => fatal.length > 0)
    const anew = await nodes.open()
    expect(anew.epoch).toBeGreaterThan(store.epoch)
    expect(await wholeFeed(anew)).toMatchObject([{ type: 'store.history_lost' }])
  })

  it('[ST9] one that is emptied while it runs is noticed by the next commit', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const fatal: Error[] = []
    const store = await nodes.open({ onFatal: (error) => fatal.push(error) })
    await committed(store, worker)
    await own.send('FLUSHALL')
    await expect(store.commit(changeTo(agentRef('w2'), store.now()))).rejects.toThrow(/another history/)
    await until('it is told', () => fatal.length > 0)
  })

  it('[ST9] one whose history is rewritten while it runs is noticed by the next commit', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const fatal: Error[] = []
    const store = await nodes.open({ onFatal: (error) => fatal.push(error) })
    await committed(store, worker)
    const head = `${nodes.prefix}{${partition}}`
    await until('the hash is kept', async () => (await own.send('HGET', head, 'sealed')) === '1')
    await own.send('HSET', head, 'hash', '0'.repeat(64))
    await expect(store.commit(changeTo(agentRef('w2'), store.now()))).rejects.toThrow(/another history/)
    expect(await own.send('HGET', head, 'seq')).toBe('1')
  })

  it.each([
    ['damaged', (file: string) => writeFileSync(file, '{"storeId":')],
    ['no witness', (file: string) => writeFileSync(file, '{}')],
    ['not readable', (file: string) => mkdirSync(file)],
  ])('[ST9] a witness that is %s is told, rather than a loss overlooked', async (_how, spoil) => {
    await using nodes = nodesOn(redis.url)
    using folder = temporaryFolder()
    const witness = join(folder.path, 'witness.json')
    const before = await nodes.open({ witness })
    await committed(before, worker)
    await before.close()
    rmSync(witness)
    spoil(witness)
    const failure = await nodes.open({ witness }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreUnusable)
    expect(String(failure)).toContain('witness.json, by which this node notices that Redis has lost history')
    rmSync(witness, { recursive: true })
    expect((await nodes.open({ witness })).epoch).toBe(before.epoch)
    await redis.clear(nodes.prefix)
  })

  it('[ST9] another history of the same length is noticed by its hash, with a file as the only witness', async () => {
    await using own = await startRedis()
    using folder = temporaryFolder()
    const witness = join(folder.path, 'witness.json')
    const prefix = `test-${newId()}:`
    const open = () => openRedisStore({ url: own.url, prefix, clock: systemClock, witness })
    const before = await open()
    await committed(before, worker)
    await before.close()
    const reopened = await open()
    expect(reopened.epoch).toBe(before.epoch)
    await reopened.close()

    const head = `${prefix}{${partition}}`
    const [[, fields]] = (await own.send('XRANGE', `${head}:feed`, '-', '+')) as [[string, string[]]]
    await own.send('DEL', `${head}:feed`, `${head}:chain`)
    await own.send('HDEL', head, 'sealed', 'hash')
    const other = fields.map((field) => field.replace('r1', 'r2'))
    await own.send('XADD', `${head}:feed`, '1-0', ...other)
    const after = await open()
    expect(after.epoch).toBe(before.epoch + 1)
    expect((await wholeFeed(after)).map(({ type }) => type)).toEqual(['agent.started', 'store.history_lost'])
    await after.close()
  })

  it('[PR7] the chain shows an event that was changed behind the store’s back', async () => {
    await using nodes = nodesOn(redis.url)
    const store = await nodes.open()
    await committed(store, worker, { events: upTo(3).map(() => startedBy('worker')) })
    await store.close()
    const head = `${nodes.prefix}{${partition}}`
    const entries = (await redis.send('XRANGE', `${head}:feed`, '-', '+')) as [string, string[]][]
    await redis.send('DEL', `${head}:feed`)
    for (const [id, fields] of entries)
      await redis.send(
        'XADD',
        `${head}:feed`,
        id,
        ...(id === '2-0' ? fields.map((one) => one.replace('r1', 'r2')) : fields),
      )
    expect(verifyChain(await wholeFeed(await nodes.open()))).toMatchObject({ seq: 2 })
    await redis.clear(nodes.prefix)
  })
})
