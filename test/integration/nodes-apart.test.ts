import { openRedisStore, systemClock } from '@holdpoint/server'
import { StoreUnavailable } from '@holdpoint/server/parts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { type Cluster, clusterOn, type Node } from '../harness/nodes.ts'
import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'
import type { Ack, RawSocket } from '../harness/raw-socket.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { type Swallowing, swallowingProxy } from '../harness/swallowing-proxy.ts'
import { until } from '../harness/until.ts'

let redis: RedisProcess
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

/** AG4: what is added for good measure, ms. */
const SLACK_MS = 50
const RATE = 1.002

/** A request that is asked again, under the same key, until its answer is definite, as PR2 says. */
async function settled(socket: RawSocket, name: string, body: object): Promise<Ack> {
  return until(`${name} is settled`, async () => {
    const ack = await socket.request(name, body)
    // also where so many tries in vain, of all who ask through this socket, were too many (ID4)
    return (ack.ok || !['unknown', 'unavailable', 'rate_limited'].includes(ack.error?.code ?? '')) && ack
  })
}

describe('a node that is cut off from Redis', () => {
  it.each<Swallowing>(['both', 'towards-agent'])(
    '[AG4] [PR6] grants nothing beyond the lease of when it last knew (%s)',
    async (which) => {
      const LEASE_MS = 1_500
      const { hostname, port } = new URL(redis.url)
      await using proxy = await swallowingProxy(Number(port), hostname)
      await using cluster = await clusterOn(redis)
      const cutOff = await cluster.node({ redisUrl: proxy.url.replace('http:', 'redis:') })
      const fine = await cluster.node()
      const agent = await startAgent(await cutOff.agentSocket({ subject: 'worker' }), { leaseMs: LEASE_MS })
      const ana = await fine.operatorSocket()

      let mayActUntil = 0
      let renewals = 0
      let over = false
      const renewing = (async () => {
        while (!over) {
          const sentAt = performance.now()
          const { ttlMs = 0 } = await agent.socket.request('lease.renew', { epoch: agent.epoch, after: 0 })
          if (ttlMs > 0) mayActUntil = Math.max(mayActUntil, sentAt + ttlMs)
          renewals += 1
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      })()
      await until('it renews', () => renewals > 3)
      expect(mayActUntil).toBeGreaterThan(performance.now())

      proxy.swallow(which)
      await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'incident' })
      const stoppedAt = performance.now()
      // it halts by itself, for all that its node knows nothing of the stop
      await until('its lease has run out', () => performance.now() > stoppedAt + LEASE_MS * RATE + SLACK_MS)
      expect(mayActUntil).toBeLessThanOrEqual(stoppedAt + LEASE_MS * RATE + SLACK_MS)
      const { agent: seen } = await until('the stop is enforced', async () => {
        const answer = await ana.must('agent.get', { id: 'worker' })
        return answer.agent.control.enforced && answer
      })
      expect(seen.control).toMatchObject({ wanted: 'stopped' })
      expect(seen.control.acknowledged).toBeUndefined()
      expect(mayActUntil).toBeLessThanOrEqual(stoppedAt + LEASE_MS * RATE + SLACK_MS)
      over = true
      await renewing

      proxy.heal()
      await agent.socket.heard('push', ({ state }) => state === 'stopped')
      expect(await settled(agent.socket, 'lease.renew', { epoch: agent.epoch, after: 0 })).toMatchObject({
        state: 'stopped',
        ttlMs: 0,
      })
    },
  )

  it('[ID3] ends what was revoked meanwhile once it reaches Redis again, and serves nobody until then', async () => {
    const { hostname, port } = new URL(redis.url)
    await using proxy = await swallowingProxy(Number(port), hostname)
    await using cluster = await clusterOn(redis)
    const cutOff = await cluster.node({ redisUrl: proxy.url.replace('http:', 'redis:') })
    const fine = await cluster.node()
    const bo = await cutOff.operatorSocket({ subject: 'bo' })
    const ana = await fine.operatorSocket()
    proxy.swallow('both')
    await ana.must('token.revoke', { key: freshKey(), subject: 'bo', reason: 'left' })
    expect(await bo.request('approval.list', {})).toMatchObject({ ok: false })
    expect((await fetch(`${cutOff.url}/readyz`)).status).toBe(503)
    proxy.heal()
    await bo.ended
  })
})

describe('work that a node leaves behind', () => {
  it('[PR5] [ST6] a deadline that a dead node had claimed is taken over', async () => {
    await using cluster = await clusterOn(redis)
    const first = await cluster.node()
    const agent = await startAgent(await first.agentSocket({ subject: 'worker' }))
    await agent.send('question.ask', { question: 'Go on?', timeoutMs: 500 })
    await first.stop()
    // a second node claims it, and is never heard of again
    const dying = await openRedisStore({ url: redis.url, prefix: cluster.prefix, clock: systemClock })
    const claimedAt = await until('it is claimed', async () => {
      const due = await dying.claimDeadlines(10, 2_000)
      return due.length > 0 && performance.now()
    })
    await dying.close()
    const third = await cluster.node()
    const ana = await third.operatorSocket()
    await until('it is carried out', async () => {
      const { events } = await ana.must('history.list', { type: 'question.expired' })
      return events.length === 1
    })
    // not while it was claimed
    expect(performance.now() - claimedAt).toBeGreaterThanOrEqual(1_900)
  })

  it('[AG7] [ST6] an order that a dead node did not finish is put on record for every agent by another', async () => {
    await using cluster = await clusterOn(redis)
    const opened = await openRedisStore({ url: redis.url, prefix: cluster.prefix, clock: systemClock })
    let isDying = false
    const first = await cluster.node({
      parts: {
        store: {
          ...opened,
          commit: async (change) => {
            if (isDying && change.ref.kind === 'agent') throw new StoreUnavailable('It is dying.')
            return opened.commit(change)
          },
        },
      },
    })
    const second = await cluster.node()
    // Nobody looks at it but who finishes the order: it neither renews nor asks.
    const away = await startAgent(await first.agentSocket({ subject: 'away' }))
    away.socket.close()
    const ana = await first.operatorSocket()
    isDying = true
    await ana.request('agent.pause', { key: freshKey(), target: { all: true }, reason: 'audit' })
    await first.stop()
    const bo = await second.operatorSocket({ subject: 'bo' })
    const ofAway = async () => (await bo.must('history.list', { agent: 'away', type: 'agent.paused' })).events
    expect(await ofAway()).toEqual([])
    await until('the order is on record for it', async () => (await ofAway()).length === 1)
    expect((await bo.must('agent.get', { id: 'away' })).agent).toMatchObject({ state: 'paused' })
  })
})

describe('a Redis that breaks connections and forgets scripts', () => {
  it('[PR2] [PR3] [AP2] each request has one effect, and one of two racing decisions stands', async () => {
    await using cluster = await clusterOn(redis)
    const nodes = [await cluster.node(), await cluster.node()] as const
    const people = await Promise.all(
      ['ana', 'bo'].map((subject, n) => (nodes[n] as Node).operatorSocket({ subject })),
    )
    let over = false
    let answered = 0
    const heard = async (...request: Parameters<typeof settled>): ReturnType<typeof settled> => {
      const answer = await settled(...request)
      answered += 1
      return answer
    }
    const breaking = (async () => {
      for (let round = 0; !over; round++) {
        await redis.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        if (round % 2) await redis.send('SCRIPT', 'FLUSH')
        // on a busy machine nothing at all would get through between one and the next
        const before = answered
        do await new Promise((resolve) => setTimeout(resolve, 60))
        while (!over && answered === before)
      }
    })()

    const work = async (node: Node, name: string): Promise<void> => {
      const socket = await node.agentSocket({ subject: name })
      const instance = `instance-${name}`
      const { run } = await heard(socket, 'run.start', { key: 'start', instance })
      for (let step = 0; step < 6; step++) {
        const asked = await heard(socket, 'action.request', {
          key: `ask-${step}`,
          epoch: run.epoch,
          action: 'send_email',
          args: { step },
        })
        const item = shown(asked.approval)
        const answers = await Promise.all(
          people.map((person, n) =>
            n === 0
              ? heard(person, 'approval.approve', { key: `${name} ${step}`, ...item })
              : heard(person, 'approval.deny', { key: `${name} ${step}`, ...item, reason: 'no' }),
          ),
        )
        const codes = answers.map(({ ok, error }) => (ok ? 'ok' : error?.code))
        expect(codes.toSorted()).toEqual(['already_decided', 'ok'])
        const begun = await heard(socket, 'action.begin', {
          key: `begin-${step}`,
          epoch: run.epoch,
          instance,
          id: item.id,
          digest: item.digest,
        })
        expect(begun.ok).toBe(answers[0]?.ok)
      }
    }
    try {
      await Promise.all(['a', 'b', 'c', 'd'].map((name, n) => work(nodes[n % 2] as Node, name)))
    } finally {
      over = true
      await breaking
    }

    const ana = people[0] as RawSocket
    const decided = async (type: string): Promise<number> => {
      const { events } = await settled(ana, 'history.list', { type, limit: 200 })
      return events.length
    }
    expect(await decided('approval.requested')).toBe(24)
    expect((await decided('approval.approved')) + (await decided('approval.denied'))).toBe(24)
    expect(await decided('action.begun')).toBe(await decided('approval.approved'))
  })

  it('[PR1] a Redis that is killed comes back with all that was acknowledged, and work goes on', async () => {
    await using cluster = await clusterOn(redis)
    const node = await cluster.node()
    const agent = await startAgent(await node.agentSocket({ subject: 'worker' }))
    const { approval } = await agent.ask('send_email', { to: 'x' })
    await redis.signal('SIGKILL')
    expect(await agent.ask('send_email', { to: 'y' })).toMatchObject({ error: { code: 'unavailable' } })
    expect((await fetch(`${node.url}/readyz`)).status).toBe(503)
    const hp = commandLine({ url: node.url, token: await cluster.token({ subject: 'ana', role: 'admin' }) })
    expect(await hp('agents', '--timeout', '2s')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`The control plane at ${node.url} answers, but can't serve now: `),
    })
    await redis.restart()
    const ana = await until('the node serves again', () => node.operatorSocket().catch(() => undefined))
    expect(await settled(ana, 'approval.approve', { key: freshKey(), ...shown(approval) })).toMatchObject({
      ok: true,
    })
    expect(await settled(agent.socket, 'lease.renew', { epoch: agent.epoch, after: 0 })).toMatchObject({
      ok: true,
      state: 'running',
    })
  })
})

describe('a Redis that lost its data', () => {
  it('[PR4] [ST9] ends the nodes that knew it; those that start anew believe no older epoch', async () => {
    await using own = await startRedis()
    await using cluster: Cluster = await clusterOn(own)
    const ended: Error[] = []
    const node = await cluster.node({ parts: { onFatal: (error) => void ended.push(error) } })
    const agent: RawAgent = await startAgent(await node.agentSocket({ subject: 'worker' }))
    await own.send('FLUSHALL')
    await until('the node has noticed', () => ended.length > 0)
    expect(ended[0]?.message).toMatch(/another history/)
    expect((await agent.ask('read_file', { path: 'a' })).ok).toBe(false)
    expect((await fetch(`${node.url}/readyz`)).status).toBe(503)

    const next = await cluster.node()
    expect(next.controlPlane.store.epoch).toBeGreaterThan(node.controlPlane.store.epoch)
    const back = await next.agentSocket({ subject: 'worker' })
    const { id: run } = agent.started.run
    expect(
      await back.request('run.resume', { run, epoch: agent.epoch, instance: agent.instance, after: 0 }),
    ).toMatchObject({ ok: false })
  })
})
