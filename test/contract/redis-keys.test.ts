import { StoreUnusable, verifyChain } from '@holdpoint/server'
import { HOUR } from '@holdpoint/shared'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../harness/free-port.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { startRedis, testRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'
import { dueNow, remember } from './redis-commits.ts'
import { nodesOn, statusOf } from './redis-nodes.ts'
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
    // else its nodes would talk at the port 10,000 above, which may be beyond the last
    const port = String(await freePort())
    await using cluster = await startRedis('--cluster-enabled', 'yes', '--cluster-port', port)
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

  it('a store of the layout before is brought over where somebody says so, and stays so', async () => {
    await using nodes = nodesOn(redis.url)
    await redis.send('HSET', `${nodes.prefix}store`, 'layout', '2', 'id', 'x', 'epoch', '1')
    await expect(nodes.open()).rejects.toThrow(/stop all nodes of that version.*HOLDPOINT_REDIS_UPGRADE=yes/)
    const store = await nodes.open({ upgrade: true })
    await committed(store, worker)
    expect(await redis.send('HMGET', `${nodes.prefix}store`, 'layout', 'id')).toEqual(['3', 'x'])
    await redis.clear(nodes.prefix)
  })

  it('a node that finds a newer layout under it ends: it would forget what it does not know', async () => {
    await using nodes = nodesOn(redis.url)
    const fatal: Error[] = []
    const store = await nodes.open({ onFatal: (error) => fatal.push(error) })
    await committed(store, worker)
    await redis.send('HSET', `${nodes.prefix}store`, 'layout', '4')
    await expect(store.heads()).rejects.toBeInstanceOf(StoreUnusable)
    await until('it ends', () => fatal.length > 0)
    expect(fatal[0]?.message).toMatch(/another version of Holdpoint \(its layout is 4/)
    await expect(committed(store, agentRef('other'))).rejects.toThrow()
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
    // It stands still: hashes are handed in a moment after a commit, which on a busy machine comes between the counts.
    const store = await nodes.open({ clock: manualClock(Date.now()) })
    await committed(store, worker)
    await commandCounts(own)
    await committed(store, worker, { expectedVersion: 1 })
    expect((await commandCounts(own)).get('evalsha')).toBe(1)
    await Promise.all(upTo(30).map((n) => committed(store, agentRef(`w${n}`))))
    const counts = await commandCounts(own)
    expect(counts.get('evalsha')).toBe(1)
    expect(counts.get('xrange') ?? 0).toBe(0)
    expect(store.stats()).toMatchObject({ answered: 32, calls: 3, resent: 0 })
    const feed = await wholeFeed(store)
    expect(feed).toHaveLength(32)
    expect(verifyChain(feed)).toBeUndefined()
  })

  it('[AG4] a look at the heads is a handful of calls that are cheap, and none that writes', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const store = await nodes.open({ clock: manualClock(Date.now()) })
    await committed(store, worker)
    await commandCounts(own)
    for (const _ of upTo(10)) await store.heads()
    const counts = await commandCounts(own)
    expect(Object.fromEntries(counts)).toMatchObject({ hgetall: 10, hmget: 20, time: 10, info: 10 })
    expect([...counts].reduce((sum, [, calls]) => sum + calls, 0)).toBe(51)
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
