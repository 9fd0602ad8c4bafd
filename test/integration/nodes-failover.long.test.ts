/** A primary that becomes a replica and leaves every connection as it is. */
import { expect, it } from 'vitest'
import { haltingProxy } from '../harness/halting-proxy.ts'
import { clusterOn, type Node } from '../harness/nodes.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'
import { startRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'

/** Two nodes on a primary, with a replica that takes over on demand, and never gives back. */
async function failingOver() {
  const primary = await startRedis('--repl-diskless-sync-delay', '0')
  const replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port))
  const inStep = () =>
    until('the replica is in step', async () => (await primary.send('WAIT', '1', '100')) === 1)
  await primary.send('SET', 'in-step', '1')
  await inStep()
  const proxy = await haltingProxy(primary.port)
  const cluster = await clusterOn({
    url: proxy.url,
    send: replica.send,
    keys: replica.keys,
    async clear() {},
    async [Symbol.asyncDispose]() {},
  })
  return {
    one: await cluster.node(),
    two: await cluster.node(),
    /** How many nodes hear what is published there. */
    hearersAt: async (redis: typeof primary) =>
      Number(((await redis.send('PUBSUB', 'SHARDNUMSUB', `${cluster.prefix}bus#/#`)) as unknown[])[1]),
    primary,
    replica,
    async failOver(): Promise<void> {
      await inStep()
      proxy.turn(replica.port)
      await replica.send('REPLICAOF', 'NO', 'ONE')
      // It never hears from the next one, as where the network between them is cut.
      await primary.send('REPLICAOF', '127.0.0.1', '1')
    },
    async [Symbol.asyncDispose]() {
      for (const part of [cluster, proxy, replica, primary]) await part[Symbol.asyncDispose]()
    },
  }
}

it('[PR4] [AG4] what nodes tell each other follows it, and so does what they know', async () => {
  await using h = await failingOver()
  const agent = await startAgent(await h.one.agentSocket({ subject: 'worker' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const [ana, bo] = [await consoleOn(h.one, 'ana'), await consoleOn(h.two, 'bo')]
  await until('both hear', async () => (await h.hearersAt(h.primary)) === 2)
  await h.failOver()
  await until('both hear the next one', async () => (await h.hearersAt(h.replica)) === 2)
  await until('nobody hears the one before', async () => (await h.hearersAt(h.primary)) === 0)

  // over the bus alone
  await ana.must('looking', { id: approval.id })
  await bo.heard('presence', ({ onlookers }) => onlookers?.[0]?.people.join() === 'ana')
  // over the store
  await until('the store takes it', async () => {
    const stopped = { key: freshKey(), target: { agent: 'worker' }, reason: 'enough' }
    return (await bo.request('agent.stop', stopped)).ok
  })
  await agent.socket.heard('push', ({ state }) => state === 'stopped')
})

it('[AG4] [AG5] a primary that was replaced and has not heard of it feeds no lease, and agents go on where it is one again', async () => {
  const LEASE_MS = 1_500
  await using primary = await startRedis('--repl-diskless-sync-delay', '0')
  await using replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port))
  await until('the replica is in step', async () => {
    await primary.send('SET', 'in-step', '1')
    return (await primary.send('WAIT', '1', '100')) === 1
  })
  await using cluster = await clusterOn(primary)
  const node = await cluster.node({ redis: { replicas: 1 } })
  const agent = await startAgent(await node.agentSocket({ subject: 'worker' }), { leaseMs: LEASE_MS })
  const renewed = async (): Promise<number> => {
    const sentAt = performance.now()
    const { ttlMs = 0 } = await agent.socket.request('lease.renew', { epoch: agent.epoch, after: 0 })
    return ttlMs > 0 ? sentAt + ttlMs : 0
  }
  await until('it has a lease', async () => (await renewed()) > performance.now())

  await replica.send('REPLICAOF', 'NO', 'ONE')
  const replacedAt = performance.now()
  let mayActUntil = 0
  await until('three leases would have run out', async () => {
    mayActUntil = Math.max(mayActUntil, await renewed())
    return performance.now() > replacedAt + 3 * LEASE_MS
  })
  expect(mayActUntil).toBeLessThanOrEqual(replacedAt + LEASE_MS * 1.002 + 50)
  // people see what there is all the same
  await (await node.operatorSocket()).must('sync', {})
  const metrics = await (await fetch(`${node.url}/metrics`)).text()
  expect(metrics).toMatch(/holdpoint_store\{what="unfollowed"\} [1-9]/)

  await replica.send('REPLICAOF', '127.0.0.1', String(primary.port))
  await until('it goes on', async () => (await renewed()) > performance.now())
})

it('[PR4] what is no message of a node’s, where nodes talk to each other, ends none', async () => {
  await using h = await failingOver()
  const [ana, bo] = [await consoleOn(h.one, 'ana'), await consoleOn(h.two, 'bo')]
  const agent = await startAgent(await h.one.agentSocket({ subject: 'worker' }))
  const { approval } = await agent.ask('send_email', { to: 'x' })
  const [channel = ''] = (await h.primary.send('PUBSUB', 'SHARDCHANNELS', '*bus#/#')) as readonly string[]
  const noise = [
    '',
    '{',
    '{}',
    'null',
    '1',
    '{"uid":"x","nsp":"/","type":9}',
    '{"uid":"x","nsp":"/","type":3}',
  ]
  for (const words of noise) expect(await h.primary.send('SPUBLISH', channel, words)).toBe(2)
  await ana.must('looking', { id: approval.id })
  await bo.heard('presence', ({ onlookers }) => onlookers?.[0]?.people.join() === 'ana')
})

async function consoleOn(node: Node, subject: string) {
  const socket = await node.operatorSocket({ subject })
  await socket.must('sync', {})
  return socket
}
