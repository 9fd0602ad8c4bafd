import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

it('[AG7] an order pauses whom it matches, and those that come later, until it is lifted', async () => {
  await using cp = await controlPlane()
  const pay = { labels: { team: 'payments', env: 'test' } }
  const one = await startAgent(await cp.agentSocket({ subject: 'one', ...pay }))
  const two = await startAgent(await cp.agentSocket({ subject: 'two', labels: { team: 'docs' } }))
  const ana = await cp.operatorSocket({})
  const placed = await ana.must('agent.pause', {
    key: freshKey(),
    target: { labels: 'team=payments,env!=prod' },
    reason: 'audit',
  })
  expect(placed.results).toEqual([{ agent: 'one', ok: true, state: 'paused' }])
  expect(placed.order).toMatchObject({ effect: 'pause', by: 'ana', reason: 'audit' })
  expect(placed.events.map(({ type }: { type: string }) => type)).toEqual(['order.placed', 'agent.paused'])

  expect(await one.socket.heard('order')).toEqual({
    id: placed.order.id,
    effect: 'pause',
    by: 'ana',
    reason: 'audit',
    selector: { labels: 'team=payments,env!=prod' },
    lifted: false,
  })
  await one.socket.heard('push', ({ state }) => state === 'paused')
  expect(await two.ask('read_file', { path: 'a' })).toMatchObject({ verdict: 'go' })
  expect(two.socket.received.map(([event]) => event)).not.toContain('order')

  const late = await startAgent(await cp.agentSocket({ subject: 'late', ...pay }))
  expect(late.started).toMatchObject({ state: 'paused', ttlMs: 0, agent: { orders: [placed.order.id] } })
  expect(await late.ask('read_file', { path: 'a' })).toMatchObject({ verdict: 'wait', ttlMs: 0 })

  // a person's resume does not get past an order
  expect(await ana.request('agent.resume', { key: freshKey(), target: { agent: 'one' } })).toMatchObject({
    error: { code: 'under_order' },
  })

  const { orders } = await ana.must('order.list', {})
  expect(orders).toMatchObject([{ id: placed.order.id }])
  const lifted = await ana.must('order.lift', { key: freshKey(), id: placed.order.id, reason: 'done' })
  expect(lifted.orders).toMatchObject([{ lifted: { by: 'ana', reason: 'done' } }])
  await one.socket.heard('push', ({ state }) => state === 'running')
  await late.socket.heard('push', ({ state }) => state === 'running')
  expect(await one.socket.must('lease.renew', { epoch: one.epoch, after: 0 })).toMatchObject({
    ttlMs: 15_000,
  })
  expect((await ana.must('order.list', {})).orders).toEqual([])
})

it('[AG2] [AG7] an order says how many agents it holds, and how many of them are halted for certain', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const [acknowledges] = await Promise.all(
    ['acknowledges', 'silent'].map(async (subject) => startAgent(await cp.agentSocket({ subject }))),
  )
  const done = await startAgent(await cp.agentSocket({ subject: 'done' }))
  await done.send('run.complete')
  await startAgent(await cp.agentSocket({ subject: 'other', labels: { team: 'b' } }))
  const ana = await cp.operatorSocket({})
  const held = async () => {
    const { orders } = await ana.must('order.list', {})
    const { snapshot } = await ana.must('sync', {})
    expect(snapshot.orders).toEqual(orders)
    return orders.map((one: { held: object }) => one.held)
  }
  expect(await held()).toEqual([])
  const target = { labels: 'team!=b' }
  const { order } = await ana.must('agent.pause', { key: freshKey(), target, reason: 'x' })
  expect(await held()).toEqual([{ agents: 3, halted: 1 }])
  const push = await acknowledges?.socket.heard('push', ({ state }) => state === 'paused')
  await acknowledges?.socket.must('control.ack', {
    epoch: acknowledges.epoch,
    seq: push?.seq,
    state: 'paused',
  })
  expect(await held()).toEqual([{ agents: 3, halted: 2 }])
  await clock.advance(20_000)
  expect(await held()).toEqual([{ agents: 3, halted: 3 }])
  await ana.must('agent.pause', { key: freshKey(), target: { labels: 'team=b' }, reason: 'y' })
  expect(await held()).toEqual([
    { agents: 3, halted: 3 },
    { agents: 1, halted: 1 },
  ])
  await ana.must('order.lift', { key: freshKey(), id: order.id, reason: 'done' })
  expect(await held()).toEqual([{ agents: 1, halted: 1 }])
})

it('[AG7] a stop for all is one order first; begin is refused, and nobody starts under it', async () => {
  await using cp = await controlPlane()
  const agents = []
  for (const subject of ['a', 'b', 'b/child', 'c'])
    agents.push(await startAgent(await cp.agentSocket({ subject })))
  const ana = await cp.operatorSocket({})
  const { approval } = await (agents[0] as (typeof agents)[0]).ask('send_email', { to: 'x' })
  await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })

  const stopped = await ana.must('agent.stop', { key: 'all', target: { all: true }, reason: 'incident' })
  expect(stopped.results).toHaveLength(4)
  expect(
    stopped.results.every(({ ok, state }: { ok: boolean; state: string }) => ok && state === 'stopped'),
  ).toBe(true)
  expect(await agents[0]?.begin(approval)).toMatchObject({ error: { code: 'agent_stopped' } })
  const newcomer = await cp.agentSocket({ subject: 'newcomer' })
  expect(await newcomer.request('run.start', { key: freshKey(), instance: 'instance-1' })).toMatchObject({
    error: { code: 'under_order', details: { order: { id: stopped.order.id } } },
  })

  // sent again: the same order, not a second one
  const again = await ana.must('agent.stop', { key: 'all', target: { all: true }, reason: 'incident' })
  expect(again).toMatchObject({ replayed: true, order: { id: stopped.order.id } })
  expect((await ana.must('order.list', {})).orders).toHaveLength(1)

  // lifting lets newcomers start; who was stopped stays locked until reinstated
  await ana.must('order.lift', { key: freshKey(), id: stopped.order.id, reason: 'over' })
  expect(await newcomer.request('run.start', { key: freshKey(), instance: 'instance-1' })).toMatchObject({
    ok: true,
  })
  expect(
    await agents[0]?.socket.request('run.start', { key: freshKey(), instance: 'instance-2' }),
  ).toMatchObject({ error: { code: 'agent_locked' } })
  const reinstated = await ana.must('agent.reinstate', {
    key: freshKey(),
    target: { all: true },
    reason: 'over',
  })
  expect(reinstated.results.map(({ agent }: { agent: string }) => agent).sort()).toEqual([
    'a',
    'b',
    'b/child',
    'c',
  ])
})

it('[AG7] an agent with its children is one order; a selector that does not parse is refused', async () => {
  await using cp = await controlPlane()
  const sockets = [
    await cp.agentSocket({ subject: 'team' }),
    await cp.agentSocket({ subject: 'team' }),
    await cp.agentSocket({ subject: 'teams' }),
  ] as const
  await startAgent(sockets[0])
  await startAgent(sockets[1], { agent: 'team/one' })
  await startAgent(sockets[2])
  const ana = await cp.operatorSocket({})
  const { results } = await ana.must('agent.pause', {
    key: freshKey(),
    target: { agent: 'team', children: true },
    reason: 'x',
  })
  expect(results.map(({ agent }: { agent: string }) => agent).sort()).toEqual(['team', 'team/one'])
  expect(
    await ana.request('agent.pause', { key: freshKey(), target: { labels: '!!' }, reason: 'x' }),
  ).toMatchObject({ error: { code: 'invalid' } })
})

it('[AG7] an order outlives a restart, and binds agents that never heard of it', async () => {
  await using cp = await controlPlane()
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({})
  agent.socket.close()
  const { order } = await ana.must('agent.pause', { key: freshKey(), target: { all: true }, reason: 'night' })
  await cp.restart()
  const back = await cp.agentSocket({ subject: 'worker' })
  const { run } = agent.started
  const resumed = await back.must('run.resume', {
    run: run.id,
    epoch: run.epoch,
    instance: agent.instance,
    after: 0,
  })
  expect(resumed).toMatchObject({ state: 'paused', ttlMs: 0, agent: { orders: [order.id] } })
})

it('[AG7] what a crash left unrecorded is recorded after it', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  agent.socket.close()
  await cp.restart(async () => {
    // an order that was committed, by a process that died before it told anybody
    await cp.withStore(async (store) => {
      const at = store.now()
      const order = {
        id: '01980000-0000-7000-8000-000000000000',
        effect: 'pause',
        selector: { all: true },
        by: 'ana',
        reason: 'x',
        at: new Date(at).toISOString(),
      }
      await store.commit({
        ref: { tenant: 'default', kind: 'orders', id: 'standing' },
        expectedVersion: 0,
        at,
        doc: { schema: 1, version: 1, standing: [order], unfinished: [order] },
        events: [{ type: 'order.placed', by: 'ana', data: { order } }],
        deadlines: { set: [{ name: `fan-out:${order.id}`, dueAt: at + 5_000 }] },
      })
    })
  })
  await clock.advance(5_000)
  const bo = await cp.operatorSocket({ subject: 'bo' })
  expect((await bo.must('agent.get', { id: 'worker' })).agent).toMatchObject({ state: 'paused' })
  const { doc } = await cp.store.load({ tenant: 'default', kind: 'orders', id: 'standing' })
  expect(doc).toMatchObject({ unfinished: [] })
})
