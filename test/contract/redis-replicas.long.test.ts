/** A Redis with replicas, whose commits count once enough of them have it: what is said where that can't be found out. */
import { OutcomeUnknown, type RedisStore, StoreUnavailable, verifyChain } from '@holdpoint/server'
import { MINUTE, SECOND } from '@holdpoint/shared'
import { describe, expect, it, onTestFinished } from 'vitest'
import { haltingProxy } from '../harness/halting-proxy.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'
import { nodesOn } from './redis-nodes.ts'
import { agentRef, changeTo, committed, partition, wholeFeed, worker } from './store-harness.ts'

const replicas = { atLeast: 1, withinMs: 300 }
const remember = (key: string) => ({
  command: { principal: 'worker', key },
  fingerprint: '',
  answer: key,
  retain: { forMs: MINUTE },
})

const startPrimary = (...settings: readonly string[]): Promise<RedisProcess> =>
  startRedis('--repl-diskless-sync-delay', '0', '--maxmemory-policy', 'noeviction', ...settings)

async function startReplica(primary: RedisProcess): Promise<RedisProcess> {
  const replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port))
  await until('the replica is in step', async () => {
    await primary.send('SET', 'in-step', '1')
    return (await primary.send('WAIT', '1', '100')) === 1
  })
  // One that has only just been copied to is busy with its own file, and until then nothing counts as being in that.
  await until('the replica has written its file', async () => {
    const persistence = String(await replica.send('INFO', 'persistence'))
    return /aof_rewrite_in_progress:0/.test(persistence) && /aof_rewrite_scheduled:0/.test(persistence)
  })
  return replica
}

/** One node on a primary with a replica, through a proxy that halts it before it confirms a commit. */
async function replicated() {
  const primary = await startPrimary()
  const replica = await startReplica(primary)
  const proxy = await haltingProxy(primary.port)
  const nodes = nodesOn(proxy.url)
  const store = await nodes.open({ replicas })
  await committed(store, agentRef('before'))
  return {
    primary,
    store,
    /** Resolves once `act` was done, between a commit's answer and the question whether replicas have it. */
    beforeConfirming: (act: (cut: () => void) => unknown) => proxy.at(':confirmed', act),
    async [Symbol.asyncDispose]() {
      for (const one of [nodes, proxy, replica, primary]) await one[Symbol.asyncDispose]()
    },
  }
}

/** What Node would end a process for. */
function unheardFailures(): readonly unknown[] {
  const unheard: unknown[] = []
  const hear = (reason: unknown): void => void unheard.push(reason)
  process.on('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  return unheard
}

describe('a commit that is done and not confirmed', () => {
  it('[PR1] [ST8] is unknown where too few replicas have it; with them it counts', async () => {
    await using primary = await startPrimary()
    await using nodes = nodesOn(primary.url)
    const store = await nodes.open({ replicas: { ...replicas, withinMs: 100 } })
    const change = changeTo(worker, store.now(), { remember: remember('k1') })
    const { command } = change.remember ?? {}
    await expect(store.commit(change)).rejects.toBeInstanceOf(OutcomeUnknown)
    // Whoever asks again must not be told that it is done, either; what stands may be read.
    await expect(store.load(worker, command)).rejects.toBeInstanceOf(OutcomeUnknown)
    expect((await store.load(worker)).version).toBe(1)
    await using _replica = await startReplica(primary)
    expect((await store.load(worker, command)).earlier).toMatchObject({ answer: 'k1' })
    expect(await store.commit(change)).toMatchObject({ status: 'repeated' })
    await committed(store, worker, { expectedVersion: 1 })
    expect(await wholeFeed(store)).toHaveLength(2)
  })

  it('[PR2] does not break the connection for everybody while it waits for its replicas', async () => {
    await using primary = await startPrimary()
    await using nodes = nodesOn(primary.url)
    const store = await nodes.open({ replicas: { atLeast: 1 } })
    const commit = store.commit(changeTo(worker, store.now()))
    await expect(commit).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(store.stats().connects).toBe(1)
  })

  it.each([
    ['has no room', ['maxmemory', '1'], ['maxmemory', '0']],
    ['takes no writes for want of replicas', ['min-replicas-to-write', '9'], ['min-replicas-to-write', '0']],
  ])(
    '[ST8] [PR2] is unknown, and never “nothing was written”, where Redis %s by then',
    async (_, no, yes) => {
      await using h = await replicated()
      const change = changeTo(worker, h.store.now(), { remember: remember('k1') })
      const halted = h.beforeConfirming(() => h.primary.send('CONFIG', 'SET', ...no))
      const startedAt = performance.now()
      await expect(h.store.commit(change)).rejects.toBeInstanceOf(OutcomeUnknown)
      expect(performance.now() - startedAt).toBeLessThan(2 * SECOND)
      await halted
      expect((await h.store.load(worker)).version).toBe(1)
      expect(h.store.writable()).toBe(false)
      // Of one that comes now it is certain.
      const next = h.store.commit(changeTo(agentRef('next'), h.store.now()))
      await expect(next).rejects.toBeInstanceOf(StoreUnavailable)
      await h.primary.send('CONFIG', 'SET', ...yes)
      await until('it is writable', () => h.store.writable())
      expect(await h.store.commit(change)).toMatchObject({ status: 'repeated' })
      expect((await wholeFeed(h.store)).map(({ agent }) => agent)).toEqual(['before', 'worker'])
    },
  )

  it('[ST8] is found again where there is room in time', async () => {
    await using h = await replicated()
    const halted = h.beforeConfirming(() => h.primary.send('CONFIG', 'SET', 'maxmemory', '1'))
    const commit = h.store.commit(changeTo(worker, h.store.now()))
    await halted
    await until('it was refused', () => !h.store.writable())
    await h.primary.send('CONFIG', 'SET', 'maxmemory', '0')
    expect(await commit).toMatchObject({ status: 'committed', version: 1 })
    expect(await wholeFeed(h.store)).toHaveLength(2)
  })

  it('[ST8] is found again where the connection breaks before, and no failure goes unheard', async () => {
    await using h = await replicated()
    const unheard = unheardFailures()
    const halted = h.beforeConfirming((cut) => cut())
    const { version, head } = await committed(h.store, worker)
    await halted
    expect({ version, seq: head.seq }).toEqual({ version: 1, seq: 2 })
    expect(h.store.stats().connects).toBe(2)
    expect(h.store.stats().resent).toBeGreaterThan(0)
    expect(await wholeFeed(h.store)).toHaveLength(2)
    expect(unheard).toEqual([])
  })
})

describe('a commit that is with replicas, and not on their disks', () => {
  it('[PR1] counts only once it is on them, where Redis can say so', async ({ skip }) => {
    await using primary = await startPrimary()
    await using replica = await startReplica(primary)
    await using nodes = nodesOn(primary.url)
    const store = await nodes.open({ replicas: { atLeast: 1 } })
    if (!hasWaitAof(store.stats().settings)) skip(NO_WAITAOF)
    await committed(store, agentRef('before'))
    await replica.send('CONFIG', 'SET', 'appendonly', 'no')
    const change = changeTo(worker, store.now(), { remember: remember('k1') })
    await expect(store.commit(change)).rejects.toBeInstanceOf(OutcomeUnknown)
    // The replica has it in memory.
    expect(await primary.send('WAIT', '1', '5000')).toBe(1)
    await expect(store.load(worker, change.remember?.command)).rejects.toBeInstanceOf(OutcomeUnknown)
    await replica.send('CONFIG', 'SET', 'appendonly', 'yes')
    await until('it counts', () =>
      store.commit(change).then(
        ({ status }) => status === 'repeated',
        () => false,
      ),
    )
    expect(await wholeFeed(store)).toHaveLength(2)
  })

  it('[PR1] counts without where Redis keeps no file any more', async ({ skip }) => {
    await using primary = await startPrimary()
    await using _replica = await startReplica(primary)
    await using nodes = nodesOn(primary.url)
    const store = await nodes.open({ replicas: { atLeast: 1 } })
    if (!hasWaitAof(store.stats().settings)) skip(NO_WAITAOF)
    await primary.send('CONFIG', 'SET', 'appendonly', 'no')
    await until('what Redis runs with is known', () => store.stats().settings.appendonly === 'no')
    await committed(store, worker)
  })

  const NO_WAITAOF = 'This Redis has no WAITAOF: name one that has, of 7.2 or later, in REDIS_SERVER.'
  const hasWaitAof = ({ version }: { readonly version: string }): boolean => !/^7\.[01]\./.test(version)
})

describe('connections that are killed while commits run', () => {
  const WRITERS = 12
  const KILLS = 60

  it('[ST3] [ST8] [PR1] [PR2] what was acknowledged is with the replica once, what was refused is nowhere', async () => {
    await using primary = await startPrimary()
    await using replica = await startReplica(primary)
    await using nodes = nodesOn(primary.url)
    const store = await nodes.open({ replicas })
    const unheard = unheardFailures()
    const said = { acknowledged: [] as string[], refused: [] as string[], unknown: [] as string[] }
    let over = false

    async function write(writer: number): Promise<void> {
      for (let n = 1; !over; n++) {
        const name = `w${writer}-${n}`
        try {
          await committed(store, agentRef(name))
          said.acknowledged.push(name)
        } catch (error) {
          if (error instanceof OutcomeUnknown) said.unknown.push(name)
          else if (error instanceof StoreUnavailable) said.refused.push(name)
          else throw error
          await until('it is connected', () => store.stats().connected, { everyMs: 2 })
        }
      }
    }
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    for (let kills = 0; kills < KILLS; kills++) {
      const enough = said.acknowledged.length + WRITERS
      await until('some more commits', () => said.acknowledged.length >= enough, { everyMs: 1 })
      await primary.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    }
    over = true
    await writing
    expect(unheard).toEqual([])
    expect(store.stats().resent).toBeGreaterThan(0)

    const there = await agentsIn(store)
    expect(counted(said.acknowledged, there)).toEqual(new Set([1]))
    expect(counted(said.refused, there)).toEqual(new Set(said.refused.length > 0 ? [0] : []))
    // The primary is gone before it could hand anything over.
    await primary.signal('SIGKILL')
    await replica.send('REPLICAOF', 'NO', 'ONE')
    await using elsewhere = nodesOn(replica.url, nodes.prefix)
    expect(counted(said.acknowledged, await agentsIn(await elsewhere.open()))).toEqual(new Set([1]))
  })

  async function agentsIn(store: RedisStore): Promise<ReadonlyMap<string, number>> {
    const feed = await wholeFeed(store)
    expect(verifyChain(feed)).toBeUndefined()
    const times = new Map<string, number>()
    for (const { agent = '' } of feed) times.set(agent, (times.get(agent) ?? 0) + 1)
    return times
  }
  /** How often the named are there, each number once. */
  const counted = (names: readonly string[], there: ReadonlyMap<string, number>): ReadonlySet<number> =>
    new Set(names.map((name) => there.get(name) ?? 0))
})

describe('a replica', () => {
  it('is no store: what it holds may be old, and leases would be granted on that', async () => {
    await using primary = await startPrimary()
    await using first = nodesOn(primary.url)
    await committed(await first.open(), worker)
    await using replica = await startReplica(primary)
    await using nodes = nodesOn(replica.url)
    const refused = nodes.open()
    await expect(refused).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(refused).rejects.toThrow('is a replica')
  })
})

describe('[AG4] heads count for leases', () => {
  async function followed() {
    const primary = await startPrimary()
    const replica = await startReplica(primary)
    const proxy = await haltingProxy(primary.port)
    const nodes = nodesOn(proxy.url)
    const store = await nodes.open({ replicas })
    await committed(store, worker)
    const count = async () => store.assertCurrent(await store.heads())
    const counts = (): Promise<boolean> =>
      count().then(
        () => true,
        () => false,
      )
    await until('they count', counts)
    return {
      primary,
      replica,
      proxy,
      store,
      count,
      counts,
      async [Symbol.asyncDispose]() {
        for (const one of [nodes, proxy, replica, primary]) await one[Symbol.asyncDispose]()
      },
    }
  }

  it('while a replica takes what is written, and not once it stands still, however short', async () => {
    await using h = await followed()
    const { unfollowed } = h.store.stats()
    await h.replica.signal('SIGSTOP')
    // To Redis it is still there, and says nothing amiss.
    expect(String(await h.primary.send('INFO', 'replication'))).toMatch(/state=online,.*lag=[01]\r/)
    await expect(h.count()).rejects.toThrow('Not all of the 1 replicas')
    expect(await h.store.heads()).toMatchObject([{ seq: 1 }])
    await until('it is behind', async () =>
      /lag=([3-9]|\d\d)/.test(String(await h.primary.send('INFO', 'replication'))),
    )
    // Then nobody waits for it, so that the connection answers everybody else.
    await expect(h.count()).rejects.toThrow('Only 0 of the 1 replicas')
    expect(h.store.stats()).toMatchObject({ unfollowed: unfollowed + 2, connects: 1 })
    await h.replica.signal('SIGCONT')
    await until('they count again', h.counts)
  })

  it('at no primary that was replaced and has not heard of it, until one follows it again', async () => {
    await using h = await followed()
    await h.replica.send('REPLICAOF', 'NO', 'ONE')
    const counting = h.count()
    await expect(counting).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(counting).rejects.toThrow('another may have been promoted in its place')
    await h.replica.send('REPLICAOF', '127.0.0.1', String(h.primary.port))
    await until('they count again', h.counts)
  })

  it('only where the very Redis that said them is followed, and not the next one', async () => {
    await using h = await followed()
    await using _next = await startRedis('--replicaof', '127.0.0.1', String(h.replica.port))
    const heads = await h.store.heads()
    await h.replica.send('REPLICAOF', 'NO', 'ONE')
    h.proxy.turn(h.replica.port)
    await h.primary.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until('the next one’s count', h.counts)
    await expect(h.store.assertCurrent(heads)).rejects.toThrow('connected to anew')
  })

  it('without replicas where none are asked for', async () => {
    await using primary = await startPrimary()
    await using nodes = nodesOn(primary.url)
    const store = await nodes.open()
    await store.assertCurrent(await store.heads())
  })
})

describe('a failover', () => {
  /** One node on a primary with a replica that is to take over, under an address that can be moved. */
  async function failingOver(...settings: readonly string[]) {
    const primary = await startPrimary(...settings)
    const replica = await startReplica(primary)
    const proxy = await haltingProxy(primary.port)
    const nodes = nodesOn(proxy.url)
    const fatal: Error[] = []
    const store = await nodes.open({ onFatal: (error) => fatal.push(error) })
    await committed(store, agentRef('before'))
    // From here on the node writes nothing by itself: its hashes are handed in.
    const head = `${nodes.prefix}{${partition}}`
    await until('the hash is kept', async () => (await primary.send('HGET', head, 'sealed')) === '1')
    await primary.send('WAIT', '1', '5000')
    return {
      ...{ primary, replica, proxy, nodes, store, fatal },
      async promote(): Promise<void> {
        proxy.turn(replica.port)
        await replica.send('REPLICAOF', 'NO', 'ONE')
      },
      async [Symbol.asyncDispose]() {
        for (const one of [nodes, proxy, replica, primary]) await one[Symbol.asyncDispose]()
      },
    }
  }

  it('[ST8] that leaves the connections of the primary before as they are is followed: its address leads to the next one', async () => {
    await using h = await failingOver()
    await h.promote()
    await h.primary.send('REPLICAOF', '127.0.0.1', String(h.replica.port))
    await expect(committed(h.store, agentRef('refused'))).rejects.toThrow('READONLY')
    await until('it takes writes', () => h.store.writable())
    await committed(h.store, agentRef('after'))
    expect((await wholeFeed(h.store)).map(({ agent }) => agent)).toEqual(['before', 'after'])
    expect(h.fatal).toEqual([])
  })

  it.each([
    ['yes', 'is a replica'],
    ['no', 'MASTERDOWN'],
  ])(
    '[AG4] is followed by a node that only reads, where replica-serve-stale-data is %s: leases do not rest on what was',
    async (stale, says) => {
      await using h = await failingOver('--replica-serve-stale-data', stale)
      await h.promote()
      // It never hears from the next primary, as where the network between them is cut.
      await h.primary.send('REPLICAOF', '127.0.0.1', '1')
      await using elsewhere = nodesOn(h.replica.url, h.nodes.prefix)
      await committed(await elsewhere.open(), agentRef('after'))
      const read = h.store.heads()
      await expect(read).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(read).rejects.toThrow(says)
      await until('it is connected', () => h.store.stats().connected)
      expect(await h.store.heads()).toMatchObject([{ seq: 2 }])
      expect(h.fatal).toEqual([])
    },
  )
})
