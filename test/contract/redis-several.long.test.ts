/** Several nodes over one Redis, and what it promises them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RedisStore, StoreUnavailable, StoreUnusable, verifyChain } from '@holdpoint/server'
import { HOUR, MINUTE } from '@holdpoint/shared'
import { afterAll, describe, expect, it } from 'vitest'
import { startRedis, testRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'
import { temporaryFolder } from './embedded-harness.ts'
import { dueNow } from './redis-commits.ts'
import { countUp, newTally, nodesOn } from './redis-nodes.ts'
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

  it('[ST1] [ST2] race on one document, each from what it has read or was told: what stands is what all have made of it', async () => {
    await using nodes = nodesOn(redis.url)
    const stores = await Promise.all(upTo(3).map(() => nodes.open()))
    const writers = stores.flatMap((store, n) => upTo(2).map((m) => ({ store, name: `${n}-${m}` })))
    const made: Tally[] = []
    await Promise.all(writers.map(({ store, name }) => tallyUp(store, name, 20, made)))
    expect(made.map(({ steps }) => steps.length)).toEqual(upTo(writers.length * 20))
    const last = made.at(-1)
    expect(last?.counts).toEqual(Object.fromEntries(writers.map(({ name }) => [name, 20])))
    for (const store of stores)
      expect(await store.load(agentRef('tally'))).toMatchObject({ doc: last, version: made.length })
    await redis.clear(nodes.prefix)
  })

  interface Tally {
    readonly steps: readonly { readonly by: string }[]
    readonly counts: Readonly<Record<string, number>>
  }

  /** Adds its own to one document, so many times; `made` is what each version came to. */
  async function tallyUp(store: RedisStore, by: string, times: number, made: Tally[]): Promise<void> {
    const ref = agentRef('tally')
    let { doc, version } = await store.load(ref)
    for (let done = 0; done < times; ) {
      const before = doc as Tally | undefined
      const count = (before?.counts[by] ?? 0) + 1
      const after: Tally = {
        steps: [...(before?.steps ?? []), { by }],
        counts: { ...before?.counts, [by]: count },
      }
      const change = changeTo(ref, store.now(), { expectedVersion: version, before, doc: after })
      const result = await store.commit(change)
      if (result.status === 'committed') {
        made[result.version - 1] = after
        doc = after
        done += 1
      } else if (result.status === 'stale') doc = result.doc
      else throw new Error(`answered ${result.status}`)
      version = result.version
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
    await using own = await startRedis('--appendfsync', 'everysec', '--maxmemory-policy', 'volatile-lru')
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    expect(store.stats().settings).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      appendonly: 'yes',
      appendfsync: 'everysec',
      maxmemoryPolicy: 'volatile-lru',
      replicas: 0,
    })
    const strict = nodes.open({ strict: { appendfsync: 'always', replicas: 1 } })
    await expect(strict).rejects.toBeInstanceOf(StoreUnusable)
    await expect(strict).rejects.toThrow(
      'appendfsync is everysec, not always; maxmemory-policy is volatile-lru, not noeviction; 0 replicas are connected, not 1',
    )
    await own.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await nodes.open({ strict: { appendfsync: 'everysec', replicas: 0 } })
  })

  it.each(['allkeys-lru', 'allkeys-random'])(
    '[PR1] a Redis that may throw away a stop or a revocation (%s) is refused, also where CONFIG is forbidden',
    async (policy) => {
      await using own = await startRedis('--maxmemory-policy', policy)
      await using nodes = nodesOn(own.url)
      await own.send('ACL', 'SETUSER', 'default', '-config')
      const opening = nodes.open()
      await expect(opening).rejects.toBeInstanceOf(StoreUnusable)
      await expect(opening).rejects.toThrow(`(maxmemory-policy is ${policy})`)
      await own.send('ACL', 'SETUSER', 'default', '+config')
      await own.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      await committed(await nodes.open(), worker)
    },
  )

  it.each([
    ['would throw away what it likes', undefined, 'maxmemory-policy', 'allkeys-lru', 'noeviction'],
    [
      'promises less than it must',
      { appendfsync: 'always', replicas: 0 },
      'appendfsync',
      'everysec',
      'always',
    ],
  ] as const)(
    '[PR1] a Redis that %s from some moment on is left within seconds, though no connection breaks',
    async (says, strict, name, worse, better) => {
      await using own = await startRedis('--maxmemory-policy', 'noeviction')
      await using nodes = nodesOn(own.url)
      const defects: string[] = []
      const store = await nodes.open({
        ...(strict && { strict }),
        onDefect: ({ message }) => defects.push(message),
      })
      await committed(store, worker)
      await own.send('CONFIG', 'SET', name, worse)
      await until('it is told', () => defects.length > 0)
      expect(defects).toEqual([expect.stringContaining(says)])
      await expect(store.heads()).rejects.toBeInstanceOf(StoreUnavailable)
      await own.send('CONFIG', 'SET', name, better)
      await until('it goes on', () => store.stats().connected)
      await committed(store, worker, { expectedVersion: 1 })
    },
  )

  it('[PR1] what Redis runs with by now is shown, and where CONFIG is forbidden nobody asks for it again and again', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await own.send('CONFIG', 'SET', 'appendfsync', 'everysec')
    await until('it is shown', () => store.stats().settings.appendfsync === 'everysec')
    await own.send('ACL', 'SETUSER', 'default', '-config')
    const limited = await nodes.open()
    let shown = 0
    const told = await nodes.open({ onSettings: () => shown++ })
    await until('it has looked again', () => shown > 2)
    expect(limited.stats()).toMatchObject({ defects: 0, settings: { appendfsync: 'unknown' } })
    expect(told.stats().defects).toBe(0)
  })
})
