/** What is promised to cost nothing, or one call: counted, not timed. */
import { AgentClient } from '@holdpoint/client'
import { createClient } from 'redis'
import { Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { commandsDuring } from '../bench/redis-commands.ts'
import type { CheckpointCost } from '../bench/scale/checkpoint-cost.ts'
import { testProgram } from '../harness/compiled.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { type Cluster, clusterOn, type Node } from '../harness/nodes.ts'
import { startProcess } from '../harness/process.ts'
import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'

const LEASE_MS = 60_000
const renew = ({ socket, epoch }: RawAgent) => socket.must('lease.renew', { epoch, after: 0 })

describe('a checkpoint that is passed', () => {
  it('[AG3] sends nothing', async () => {
    await using cp = await controlPlane()
    const token = await cp.token({ subject: 'worker' })
    await using client = new AgentClient({ url: cp.url, token, leaseMs: LEASE_MS })
    await client.start()
    const sent = vi.spyOn(Socket.prototype, 'emit')
    for (let call = 0; call < 10_000; call++) await client.checkpoint()
    expect(sent).not.toHaveBeenCalled()
    await client.complete()
    expect(sent).toHaveBeenCalled()
  })

  it('[AG3] takes well under a microsecond, and leaves next to no garbage', async () => {
    await using cp = await controlPlane()
    await using agent = startProcess(testProgram('bench/scale/checkpoint-cost'), {
      // room for a whole round, so that nothing is collected within it
      nodeArguments: ['--min-semi-space-size=64', '--max-semi-space-size=64'],
      env: { HOLDPOINT_URL: cp.url, HOLDPOINT_TOKEN: await cp.token({ subject: 'worker' }) },
    })
    const measured = new Promise<CheckpointCost>((resolve) => agent.child.once('message', resolve))
    const cost = await Promise.race([measured, agent.gone.then(() => measured.catch(() => undefined))])
    if (!cost) throw new Error(`nothing was measured:\n${agent.errors()}`)
    console.log(`a checkpoint: ${cost.nsEach.toFixed(0)} ns, ${cost.bytesEach.toFixed(0)} bytes`)
    // some 80 on a machine that has nothing else to do
    expect(cost.nsEach).toBeLessThan(500)
    // a few numbers, as the clocks give them: 32 or 72, by how it was compiled. That no promise is made, gate.test.ts tells
    expect(cost.bytesEach).toBeLessThan(100)
  })
})

it('[AG4] renewals write nothing to the embedded store', async () => {
  await using cp = await controlPlane()
  const agents = await Promise.all(
    ['one', 'two', 'three'].map(async (subject) => startAgent(await cp.agentSocket({ subject }))),
  )
  const { answered, batches } = cp.store.stats()
  for (let round = 0; round < 20; round++) await Promise.all(agents.map(renew))
  expect(cp.store.stats()).toMatchObject({ answered, batches })
  await agents[0]?.ask('read_file', {})
  expect(cp.store.stats().answered).toBe(answered + 1)
})

describe('over Redis', () => {
  let redis: RedisProcess
  let cluster: Cluster
  let node: Node
  beforeAll(async () => {
    redis = await startRedis()
    cluster = await clusterOn(redis)
    node = await cluster.node()
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await redis?.[Symbol.asyncDispose]()
  })

  /** How often Redis was called meanwhile, by command, with what its scripts call: counted by itself. */
  async function callsDuring(work: () => Promise<unknown>): Promise<(command: string) => number> {
    await redis.send('CONFIG', 'RESETSTAT')
    await work()
    const text = String(await redis.send('INFO', 'commandstats'))
    const calls = new Map(
      [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', n]) => [name, Number(n)]),
    )
    return (command) => calls.get(command) ?? 0
  }

  /** What the node does by itself meanwhile, several times a second: it looks at the heads and hands in hashes. */
  const inBackground = (startedAt: number): number => 4 + Math.ceil((performance.now() - startedAt) / 100)

  it('[ST3] a command of an agent that nobody contends with is one call, and reads nothing first', async () => {
    const agent = await startAgent(await node.agentSocket({ subject: 'alone' }))
    await agent.ask('read_file', { n: 0 })
    const startedAt = performance.now()
    const commands = new Map(
      await commandsDuring(redis.port, 1, async () => {
        // fewer than may be begun and unreported
        for (let n = 1; n <= 30; n++)
          expect(await agent.ask('read_file', { n })).toMatchObject({ verdict: 'go' })
      }),
    )
    const others = inBackground(startedAt)
    expect(commands.get('evalsha')).toBeGreaterThanOrEqual(30)
    // other nodes are told afterwards, which nobody waits for
    for (const [name, calls] of commands)
      expect([name, calls <= others || (calls <= 30 + others && /^(evalsha|spublish)$/.test(name))]).toEqual([
        name,
        true,
      ])
  })

  it.each([
    ['is on no record', false],
    ['is on record', true],
  ] as const)(
    '[ST3] [ID2] a command of a person who %s is one call as well, once this node knows them',
    async (_, isOnRecord) => {
      const agent = await startAgent(await node.agentSocket({ subject: `told-${isOnRecord}` }))
      const subject = `teller-${isOnRecord}`
      if (isOnRecord) {
        const root = await node.operatorSocket({ subject: 'root' })
        await root.must('person.add', { key: freshKey(), id: subject, role: 'admin' })
      }
      const teller = await node.operatorSocket({ subject })
      const { approval } = await agent.ask('send_email', { to: 'x' }, { blocking: false })
      const inject = () =>
        teller.must('agent.inject', {
          key: freshKey(),
          target: { agent: `told-${isOnRecord}` },
          text: 'Look at this.',
        })
      await inject()
      const startedAt = performance.now()
      const commands = new Map(
        await commandsDuring(redis.port, 1, async () => {
          for (let n = 0; n < 30; n++) await inject()
          await teller.must('approval.approve', { key: freshKey(), ...shown(approval) })
        }),
      )
      expect(commands.get('evalsha')).toBeGreaterThanOrEqual(31)
      const others = inBackground(startedAt)
      for (const read of ['hgetall', 'hget']) expect(commands.get(read) ?? 0).toBeLessThanOrEqual(others)
    },
  )

  it('[ID2] where a replica may be promoted, who somebody is is read each time', async () => {
    await using replica = await startRedis()
    await replica.send('REPLICAOF', '127.0.0.1', String(redis.port))
    await until('the replica follows', async () =>
      /state=online/.test(String(await redis.send('INFO', 'replication'))),
    )
    const careful = await cluster.node({ redis: { replicas: 1 } })
    await startAgent(await careful.agentSocket({ subject: 'replicated' }))
    const teller = await careful.operatorSocket({ subject: 'careful' })
    const commands = new Map(
      await commandsDuring(redis.port, 1, async () => {
        for (let n = 0; n < 20; n++)
          await teller.must('agent.inject', { key: freshKey(), target: { agent: 'replicated' }, text: 'x' })
      }),
    )
    expect(commands.get('hgetall')).toBeGreaterThanOrEqual(20)
    await careful.stop()
  })

  it('[AP14] what was changed elsewhere is not read again for the quota where a commit here has met it', async () => {
    const tenant = 'small'
    const second = await cluster.node()
    const root = await second.operatorSocket({ subject: 'root', tenant })
    // one agent that is unread might hold 20, two might fill it
    const policy = { version: 'v2', caps: { openItems: 20, tenantOpenItems: 30 } }
    await root.must('policy.activate', { key: freshKey(), policy, reason: 'A small tenant.' })
    const subjects = ['left', 'right']
    const agents: RawAgent[] = []
    for (const subject of subjects) agents.push(await startAgent(await node.agentSocket({ subject, tenant })))
    const round = async () => {
      for (const [n, agent] of agents.entries()) {
        const target = { agent: subjects[n] ?? '' }
        await root.must('agent.inject', { key: freshKey(), target, text: 'x' })
        await agent.ask('read_file', { id: freshKey() })
      }
    }
    await round()
    const startedAt = performance.now()
    const commands = new Map(
      await commandsDuring(redis.port, 1, async () => {
        for (let n = 0; n < 15; n++) await round()
      }),
    )
    expect(commands.get('hgetall') ?? 0).toBeLessThanOrEqual(inBackground(startedAt))
    await second.stop()
  })

  it('[PR4] a hint brings its events along only where another node hears it', async () => {
    const agent = await startAgent(await node.agentSocket({ subject: 'heard' }))
    const watcher = createClient({ url: redis.url, RESP: 2 })
    watcher.on('error', () => {})
    await watcher.connect()
    const hints: string[] = []
    await watcher.monitor((line) => {
      if (/spublish/i.test(line) && line.includes('storeEpoch')) hints.push(line)
    })
    let asked = 0
    const nextHint = async (): Promise<string> => {
      hints.length = 0
      await agent.ask('read_file', { n: ++asked })
      await until('a hint is sent', () => hints.length > 0)
      return hints.at(-1) ?? ''
    }
    const untilHintsBring = (what: string): Promise<unknown> =>
      until(`hints bring ${what}`, async () => (await nextHint()).includes(what))
    await untilHintsBring('events\\":[]')
    hints.length = 0
    const startedAt = performance.now()
    for (let n = 0; n < 30; n++) await agent.ask('read_file', { n: ++asked })
    // whoever is heard by nobody speaks once in 50 ms
    expect(hints.length).toBeLessThanOrEqual((performance.now() - startedAt) / 50 + 1)
    const second = await cluster.node()
    await untilHintsBring('auto_approved')
    await second.stop()
    await untilHintsBring('events\\":[]')
    watcher.destroy()
  })

  it('[ST3] commands that arrive in one turn share a call', async () => {
    const subjects = Array.from({ length: 30 }, (_, n) => `crowd-${n}`)
    for (const subject of subjects) await startAgent(await node.agentSocket({ subject }))
    const ana = await node.operatorSocket({})
    const startedAt = performance.now()
    const calls = await callsDuring(() =>
      Promise.all(
        subjects.map((agent) =>
          ana.must('agent.inject', { key: freshKey(), target: { agent }, text: 'Look at this.' }),
        ),
      ),
    )
    // the network may have cut what was sent at once into a few pieces
    expect(calls('evalsha')).toBeLessThanOrEqual(8 + inBackground(startedAt))
    expect(calls('evalsha')).toBeLessThan(subjects.length)
  })

  it('[AG4] renewals write nothing', async () => {
    const agent = await startAgent(await node.agentSocket({ subject: 'renewing' }), { leaseMs: LEASE_MS })
    const startedAt = performance.now()
    const calls = await callsDuring(async () => {
      for (let n = 0; n < 200; n++) await renew(agent)
    })
    const others = inBackground(startedAt)
    for (const write of ['evalsha', 'set', 'hset', 'zadd', 'xadd', 'spublish', 'publish'])
      expect(calls(write)).toBeLessThanOrEqual(others)
  })
})
