import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, clusterOn, type Node } from '../harness/nodes.ts'
import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'

let redis: RedisProcess
let cluster: Cluster
let one: Node
let two: Node
beforeAll(async () => {
  redis = await startRedis()
  cluster = await clusterOn(redis)
  one = await cluster.node()
  two = await cluster.node()
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

/** A console that follows the feed of its node, in a tenant of its own. */
async function consoleOn(node: Node, tenant: string, subject = 'ana') {
  const socket = await node.operatorSocket({ subject, tenant })
  await socket.must('sync', {})
  const told = (type: string) =>
    socket.heard('feed', ({ events }) => events.some((event: { type: string }) => event.type === type))
  return { socket, told }
}

const renew = ({ socket, epoch }: RawAgent) => socket.must('lease.renew', { epoch, after: 0 })

describe('an agent and a person on different nodes', () => {
  it('[PR3] [PR4] ask, release, begin and report', async () => {
    const tenant = 'round-trip'
    const { socket: ana, told } = await consoleOn(two, tenant)
    const agent = await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    const asked = await agent.ask('send_email', { to: 'x' })
    expect(asked.verdict).toBe('wait')
    await told('approval.requested')
    await ana.must('approval.approve', { key: freshKey(), ...shown(asked.approval) })
    const settled = await agent.socket.heard('push', ({ items }) => items[0]?.type === 'approval.settled')
    expect(settled.items[0].data.status).toBe('approved')
    const begun = await agent.begin(asked.approval)
    expect(begun).toMatchObject({ ok: true })
    expect(JSON.parse(begun.canonical)).toEqual({ action: 'send_email', args: { to: 'x' } })
    await agent.report(asked.approval.id)
    await told('action.reported')
    // the other person, on the agent's node, is told what stands
    const bo = await one.operatorSocket({ subject: 'bo', tenant })
    expect(
      await bo.request('approval.deny', { key: freshKey(), ...shown(asked.approval), reason: 'no' }),
    ).toMatchObject({
      error: { code: 'already_decided' },
    })
  })

  it('who looks at what is seen on either node, and forgotten with the connection', async () => {
    const tenant = 'onlookers'
    const { socket: ana } = await consoleOn(one, tenant)
    const { socket: bo } = await consoleOn(two, tenant, 'bo')
    const agent = await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    const { approval } = await agent.ask('send_email', { to: 'x' })
    await ana.must('looking', { id: approval.id })
    const seen = (people: readonly string[]) =>
      bo.heard(
        'presence',
        ({ onlookers }) =>
          onlookers !== undefined &&
          (people.length === 0
            ? onlookers.length === 0
            : onlookers[0]?.id === approval.id && onlookers[0].people.join() === people.join()),
      )
    await seen(['ana'])
    ana.close()
    await seen([])
  })

  it('[IN1] [AG2] pause, resume and stop reach it', async () => {
    const tenant = 'pausing'
    const { socket: ana, told } = await consoleOn(two, tenant)
    const agent = await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    await ana.must('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'look' })
    const paused = await agent.socket.heard('push', ({ state }) => state === 'paused')
    await told('control.delivered')
    await agent.socket.must('control.ack', { epoch: agent.epoch, seq: paused.seq, state: 'paused' })
    await told('control.acknowledged')
    expect(await renew(agent)).toMatchObject({ state: 'paused', ttlMs: 0 })
    await ana.must('agent.resume', { key: freshKey(), target: { agent: 'worker' } })
    await agent.socket.heard('push', ({ state }) => state === 'running')
    expect((await renew(agent)).ttlMs).toBeGreaterThan(10_000)
    await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'enough' })
    await agent.socket.heard('push', ({ state }) => state === 'stopped')
    expect(await agent.ask('read_file', { path: 'a' })).toMatchObject({ error: { code: 'agent_stopped' } })
  })

  it('[AG7] an order placed on one node holds the agents of all, and those that come later', async () => {
    const tenant = 'ordering'
    const { socket: ana } = await consoleOn(two, tenant)
    const here = await startAgent(await two.agentSocket({ subject: 'here', tenant }))
    const there = await startAgent(await one.agentSocket({ subject: 'there', tenant }))
    const placed = await ana.must('agent.pause', { key: freshKey(), target: { all: true }, reason: 'audit' })
    expect(placed.results.map(({ agent }: { agent: string }) => agent).toSorted()).toEqual(['here', 'there'])
    await there.socket.heard('order', ({ id }) => id === placed.order.id)
    for (const agent of [here, there]) await agent.socket.heard('push', ({ state }) => state === 'paused')
    await until('the order is known on the other node', async () => {
      const { orders } = await (await one.operatorSocket({ tenant })).must('order.list', {})
      return orders.length === 1
    })
    const late = await startAgent(await one.agentSocket({ subject: 'late', tenant }))
    expect(late.started).toMatchObject({ state: 'paused', ttlMs: 0, agent: { orders: [placed.order.id] } })
    const bo = await one.operatorSocket({ subject: 'bo', tenant })
    await bo.must('order.lift', { key: freshKey(), id: placed.order.id, reason: 'done' })
    for (const agent of [here, there, late])
      await agent.socket.heard('push', ({ state }) => state === 'running')
  })

  it('a list on one node shows the agents of the other', async () => {
    const tenant = 'listing'
    const { socket: ana } = await consoleOn(two, tenant)
    expect((await ana.must('agents.list', {})).agents).toEqual([])
    await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    await until('the agent is listed', async () => {
      const { agents } = await ana.must('agents.list', {})
      return agents.length === 1 && agents[0].state === 'running'
    })
  })
})

describe('one holder, on whatever node', () => {
  const LEASE_MS = 1_000

  it('[AG6] [ID3] a takeover on another node waits until the lease has certainly run out', async () => {
    const tenant = 'takeover'
    const first = await startAgent(await one.agentSocket({ subject: 'worker', tenant }), {
      leaseMs: LEASE_MS,
    })
    const second = await two.agentSocket({ subject: 'worker', tenant })
    const takeOver = () =>
      second.request('run.start', { key: freshKey(), instance: 'instance-b', takeover: true })

    // while the first one renews, the second never gets it
    for (let round = 0; round < 4; round++) {
      const early = await takeOver()
      expect(early).toMatchObject({ error: { code: 'conflict', retryable: true } })
      expect((await renew(first)).ttlMs).toBeGreaterThan(0)
    }
    // then it falls silent
    const silentSince = performance.now()
    const taken = await until('the takeover is let through', async () => {
      const answer = await takeOver()
      return answer.ok && answer
    })
    const takenAt = performance.now()
    expect(takenAt - silentSince).toBeGreaterThanOrEqual(LEASE_MS)
    expect(taken.run.id).toBe(first.started.run.id)
    expect(await first.socket.ended).toBe('io server disconnect')
    expect(performance.now() - takenAt).toBeLessThan(1_000)
    expect(first.socket.pushes.at(-1)?.items[0]).toMatchObject({ type: 'run.superseded' })
    expect((await second.must('lease.renew', { epoch: taken.run.epoch, after: 0 })).ttlMs).toBeGreaterThan(0)
  })

  it('[AG6] a lease that was given back on one node is not waited for on another', async () => {
    const tenant = 'giving-back'
    const first = await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    await first.socket.must('lease.release', { epoch: first.epoch })
    const second = await startAgent(await two.agentSocket({ subject: 'worker', tenant }), { takeover: true })
    expect(second.started.run.id).toBe(first.started.run.id)
    expect(second.started.ttlMs).toBeGreaterThan(0)
    await first.socket.ended
  })

  it('[AG6] the same process goes on, on another node', async () => {
    const tenant = 'moving'
    const first = await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    const { id: run, epoch } = first.started.run
    const moved = await two.agentSocket({ subject: 'worker', tenant })
    const resumed = await moved.must('run.resume', { run, epoch, instance: first.instance, after: 0 })
    expect(resumed).toMatchObject({ state: 'running', run: { id: run, epoch } })
    expect(resumed.ttlMs).toBeGreaterThan(10_000)
    // the connection that it left behind is let go, so that nothing is sent to it
    await first.socket.ended
    const bo = await one.operatorSocket({ subject: 'bo', tenant })
    await bo.must('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'look' })
    await moved.heard('push', ({ state }) => state === 'paused')
  })

  it('[AG2] a console sees on any node whether the agent is connected, and how long its lease lasts', async () => {
    const tenant = 'presence'
    const { socket: ana } = await consoleOn(two, tenant)
    const agent = await startAgent(await one.agentSocket({ subject: 'worker', tenant }))
    await until('the agent is shown as connected', async () => {
      const [shownAgent] = (await ana.must('agents.watch', { ids: ['worker'] })).agents
      return shownAgent?.connected && shownAgent.leaseRemainingMs > 0
    })
    agent.socket.socket.emit('progress', { epoch: agent.epoch, step: '3 of 4' })
    const { agents } = await ana.heard('presence', ({ agents: [seen] }) => seen?.progress?.step === '3 of 4')
    expect(agents).toMatchObject([{ id: 'worker', connected: true }])
    agent.socket.close()
    await ana.heard('presence', ({ agents: [seen] }) => seen?.connected === false)
  })
})

describe('a credential that counts no more', () => {
  it('[ID3] ends on every node within a second of its revocation', async () => {
    const tenant = 'revoking'
    const onOne = await one.operatorSocket({ subject: 'bo', tenant })
    const onTwo = await two.operatorSocket({ subject: 'bo', tenant })
    const { socket: ana } = await consoleOn(two, tenant)
    await ana.must('token.revoke', { key: freshKey(), subject: 'bo', reason: 'left' })
    const since = performance.now()
    await Promise.all([onOne.ended, onTwo.ended])
    expect(performance.now() - since).toBeLessThan(1_000)
    await expect(one.operatorSocket({ subject: 'bo', tenant, ttlMs: 60_000 })).resolves.toBeDefined()
  })

  it('[ID3] ends on every node within a second of its expiry', async () => {
    const who = { subject: 'bo', tenant: 'expiring', ttlMs: 1_500 }
    const sockets = [await one.operatorSocket(who), await two.operatorSocket(who), await two.agentSocket(who)]
    // tokens count in whole seconds: the last may end one later than it was asked for
    const expiredAt = performance.now() + 2_500
    await Promise.all(sockets.map(({ ended }) => ended))
    expect(performance.now()).toBeLessThan(expiredAt + 1_000)
  })

  it('[ID3] ends those too that came in at the very moment of its revocation', async () => {
    const tenant = 'revoking-at-the-door'
    const { socket: ana } = await consoleOn(two, tenant)
    await ana.must('person.add', { key: freshKey(), id: 'ana', role: 'admin' })
    const token = (subject: string) => cluster.token({ subject, tenant, role: 'viewer' })
    for (const subject of ['cy', 'di', 'ed', 'flo']) {
      const auth = { token: await token(subject), protocol: 1 }
      // some have come in by then, the rest is on its way, and as many knock while it is carried out
      let cameIn = 0
      const knock = async () => {
        const socket = await one.connect('/operator', auth)
        cameIn += 1
        return socket
      }
      const knocks = Array.from({ length: 30 }, knock)
      await until('some have come in', () => cameIn >= 10, { everyMs: 1 })
      const revoked = ana.must('token.revoke', { key: freshKey(), subject, reason: 'left' })
      knocks.push(...Array.from({ length: 30 }, knock))
      await revoked
      const since = performance.now()
      const came = (await Promise.allSettled(knocks)).flatMap((knock) =>
        knock.status === 'fulfilled' ? [knock.value] : [],
      )
      await Promise.all(came.map(({ ended }) => ended))
      expect(performance.now() - since).toBeLessThan(2_000)
    }
  })
})
