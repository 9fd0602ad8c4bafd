/** A Redis that came back with another past, or was given one. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRedisStore, StoreUnusable, systemClock, verifyChain } from '@holdpoint/server'
import { newId } from '@holdpoint/shared'
import { afterAll, describe, expect, it } from 'vitest'
import { type RedisProcess, startRedis, testRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'
import { temporaryFolder } from './embedded-harness.ts'
import { nodesOn } from './redis-nodes.ts'
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

  it.each(['no memory of it', 'one that rests on it', 'one of its own'] as const)(
    '[ST2] [ID2] a version that was lost and given again is not the one that another node has seen, in %s',
    async (memory) => {
      await using own = await startRedis()
      using backup = temporaryFolder()
      await using nodes = nodesOn(own.url)
      const person = { tenant: TENANT, kind: 'person', id: 'ana' } as const
      const [writer, here] = [await nodes.open(), await nodes.open()]
      await committed(writer, person, { doc: { role: 'viewer' }, events: [] })
      // what reached the disk in time
      cpSync(own.data, join(backup.path, 'data'), { recursive: true })
      await committed(writer, person, { expectedVersion: 1, doc: { role: 'admin' }, events: [] })
      const seen = await here.load(person)
      expect(seen).toMatchObject({ doc: { role: 'admin' }, version: 2 })
      // who committed it dies with Redis, and nobody else has seen more of it than the document
      await Promise.all([writer.close(), own.signal('SIGKILL')])
      rmSync(own.data, { recursive: true })
      cpSync(join(backup.path, 'data'), own.data, { recursive: true })
      await own.restart()
      await until('the node is connected', () => here.stats().connected)
      const anew = await nodes.open()
      await committed(anew, person, {
        expectedVersion: 1,
        doc: { role: 'viewer', disabled: true },
        events: [],
      })

      const { version, write } = memory === 'no memory of it' ? await here.load(person) : seen
      const resting = changeTo(worker, here.now(), { restsOn: [{ ref: person, version, write }] })
      const onto = changeTo(person, here.now(), {
        expectedVersion: version,
        expectedWrite: write,
        before: seen.doc,
        doc: { role: 'admin', name: 'Ana' },
        events: [],
      })
      const outcome = await here.commit(memory === 'one of its own' ? onto : resting)
      expect(outcome.status).toBe(
        { 'no memory of it': 'committed', 'one that rests on it': 'outdated', 'one of its own': 'stale' }[
          memory
        ],
      )
      const { doc, version: standing } = await here.load(person)
      expect([doc, standing]).toEqual([{ role: 'viewer', disabled: true }, 2])
    },
  )

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

  it('[PR7] hashes that a promoted replica has not got are handed in again, so that the feed can be archived', async () => {
    await using own = await startRedis()
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    for (const n of upTo(3)) await committed(store, worker, { expectedVersion: n - 1 })
    const head = `${nodes.prefix}{${partition}}`
    const sealed = (seq: number) =>
      until(
        `the hashes up to ${seq} are kept`,
        async () => (await own.send('HGET', head, 'sealed')) === String(seq),
      )
    await sealed(3)
    const [first] = (await own.send('XRANGE', `${head}:chain`, '1-0', '1-0')) as [[string, [string, string]]]
    await own.send('HSET', head, 'sealed', '1', 'hash', first[1][1])
    await own.send('XTRIM', `${head}:chain`, 'MAXLEN', '0')
    await own.send('XSETID', `${head}:chain`, '0-0')
    await own.send('XADD', `${head}:chain`, '1-0', ...first[1])
    await store.heads()
    await committed(store, worker, { expectedVersion: 3 })
    await sealed(4)
    expect(verifyChain(await wholeFeed(await nodes.open()))).toBeUndefined()
  })

  it.each([
    ['an older dump is loaded into', (own: RedisProcess) => own.send('DEBUG', 'RELOAD', 'NOSAVE')],
    [
      'the history is rewritten of',
      async (own: RedisProcess) => {
        const [head = ''] = (await own.send('KEYS', `*{${partition}}`)) as readonly string[]
        await until('the hash is kept', async () => (await own.send('HGET', head, 'sealed')) === '2')
        await own.send('HSET', head, 'hash', '0'.repeat(64))
      },
    ],
  ])('[ST9] [AG4] one that %s while it runs is noticed by a node that only reads', async (_how, change) => {
    await using own = await startRedis('--enable-debug-command', 'yes')
    await using nodes = nodesOn(own.url)
    const store = await nodes.open()
    await committed(store, worker)
    await own.send('SAVE')
    await committed(store, worker, { expectedVersion: 1 })
    expect(await store.heads()).toMatchObject([{ seq: 2 }])
    await change(own)
    await expect(store.heads()).rejects.toThrow(/another history/)
  })

  it('[ST9] [AG4] a tenant that is taken off the list is put back by whoever has seen its feed, running or starting', async () => {
    await using nodes = nodesOn(redis.url)
    using folder = temporaryFolder()
    const witness = join(folder.path, 'witness.json')
    const before = await nodes.open({ witness })
    await committed(before, worker)
    await redis.send('DEL', `${nodes.prefix}tenants`)
    await before.heads()
    expect(await (await nodes.open()).heads()).toMatchObject([{ seq: 1 }])
    await before.close()
    await redis.send('DEL', `${nodes.prefix}tenants`)
    const after = await nodes.open({ witness })
    expect(await after.heads()).toMatchObject([{ seq: 1 }])
    expect(after.epoch).toBe(before.epoch)
    await redis.clear(nodes.prefix)
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
