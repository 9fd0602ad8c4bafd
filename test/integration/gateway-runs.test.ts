import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { until } from '../harness/until.ts'

const LEASE_MS = 15_000
/** AG4: a lease of 15 s binds until then, by the slowest clock that is allowed. */
const CERTAIN_MS = LEASE_MS * 1.002 + 50

describe('AG6: one holder', () => {
  it('[AG6] a second process is told of the unfinished run, and may take it over once the lease is out', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const first = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const second = await cp.agentSocket({ subject: 'worker' })

    const held = await second.request('run.start', { key: freshKey(), instance: 'instance-b' })
    expect(held).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(held.error?.details?.run).toMatchObject({ id: first.started.run.id })

    const start = { instance: 'instance-b', takeover: true }
    const early = await second.request('run.start', { key: freshKey(), ...start })
    expect(early).toMatchObject({ error: { code: 'conflict', retryable: true } })
    const retryAfterMs = early.error?.details?.retryAfterMs as number
    expect(retryAfterMs).toBeGreaterThanOrEqual(LEASE_MS)
    expect(retryAfterMs).toBeLessThanOrEqual(Math.ceil(CERTAIN_MS))

    await clock.advance(retryAfterMs - 1)
    expect(await second.request('run.start', { key: freshKey(), ...start })).toMatchObject({ ok: false })
    await clock.advance(1)
    const taken = await second.must('run.start', { key: freshKey(), ...start })
    expect(taken.run.id).toBe(first.started.run.id)
    expect(taken.run.epoch).toBe('1.2')
    expect(taken.ttlMs).toBe(LEASE_MS)

    // the loser hears of it, and is cut off
    await first.socket.ended
    expect(first.socket.pushes.at(-1)?.items[0]).toMatchObject({
      type: 'run.superseded',
      data: { epoch: first.epoch },
    })
    const back = await cp.agentSocket({ subject: 'worker' })
    const resumed = await back.request('run.resume', {
      run: first.started.run.id,
      epoch: first.epoch,
      instance: first.instance,
      after: 0,
    })
    expect(resumed).toMatchObject({ ok: false, error: { code: 'stale_epoch' } })
  })

  it('[AG2] [AG6] one connection speaks for one agent, also where it starts two at the same moment', async () => {
    await using cp = await controlPlane()
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    const socket = await cp.agentSocket({ subject: 'boss' })
    const start = (agent: string) =>
      socket.request('run.start', { key: freshKey(), agent, instance: `of ${agent}` })
    const answers = await Promise.all(['boss/a', 'boss/b'].map(start))
    expect(answers[0]).toMatchObject({ ok: true })
    expect(answers[1]).toMatchObject({ error: { code: 'conflict' } })
    socket.close()
    await until('its end is seen', async () => {
      const { agent } = await root.must('agent.get', { id: 'boss/a' })
      return !agent.connected
    })
    expect(await root.request('agent.get', { id: 'boss/b' })).toMatchObject({ error: { code: 'not_found' } })
  })

  it('[AG6] a clean exit gives the lease back, so that nobody waits', async () => {
    await using cp = await controlPlane({ clock: manualClock() })
    const first = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    expect(await first.socket.request('lease.release', { epoch: first.epoch })).toMatchObject({
      ok: true,
      ttlMs: 0,
    })
    // what it released it can not renew
    expect(await first.socket.request('lease.renew', { epoch: first.epoch, after: 0 })).toMatchObject({
      ok: true,
      ttlMs: 0,
    })
    const second = await startAgent(await cp.agentSocket({ subject: 'worker' }), { takeover: true })
    expect(second.epoch).toBe('1.2')
  })

  it('[AG6] an older epoch is refused whatever it asks, also where the request names none', async () => {
    await using cp = await controlPlane({ clock: manualClock() })
    const first = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const { approval } = await first.ask('send_email', { to: 'x' }, { key: 'mail' })
    await first.socket.must('lease.release', { epoch: first.epoch })
    const second = await startAgent(await cp.agentSocket({ subject: 'worker' }), { takeover: true })
    expect(second.started.open).toMatchObject([{ id: approval.id, status: 'pending' }])
    const old = { epoch: first.epoch }
    const stale = { ok: false, error: { code: 'stale_epoch' } }
    expect(await second.ask('send_email', { to: 'y' }, old)).toMatchObject(stale)
    expect(await second.ask('send_email', { to: 'x' }, { ...old, key: 'mail' })).toMatchObject(stale)
    expect(await second.begin(approval, old)).toMatchObject(stale)
    expect(await second.report(approval.id, 'success', old)).toMatchObject(stale)
    expect(await second.send('run.complete', old)).toMatchObject(stale)
    expect(await second.socket.request('lease.renew', { ...old, after: 0 })).toMatchObject(stale)
    expect(await second.socket.request('control.ack', { ...old, seq: 0, state: 'running' })).toMatchObject(
      stale,
    )
  })

  it('[AG6] after a restart, a lease that may still be out is waited for', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    await startAgent(await cp.agentSocket({ subject: 'worker' }))
    await cp.restart()
    const second = await cp.agentSocket({ subject: 'worker' })
    const start = { instance: 'instance-b', takeover: true }
    const early = await second.request('run.start', { key: freshKey(), ...start })
    expect(early).toMatchObject({ error: { code: 'conflict', details: { retryAfterMs: CERTAIN_MS } } })
    await clock.advance(CERTAIN_MS)
    expect(await second.request('run.start', { key: freshKey(), ...start })).toMatchObject({ ok: true })
  })

  it('[PR2] a start that is sent again gets the same run and epoch', async () => {
    await using cp = await controlPlane()
    const socket = await cp.agentSocket({ subject: 'worker' })
    const start = { key: 'start', instance: 'instance-a' }
    const first = await socket.must('run.start', start)
    const again = await socket.must('run.start', start)
    expect(again).toMatchObject({ replayed: true, run: first.run, ttlMs: LEASE_MS })
  })

  it('[AG6] the same process goes on with its run on a new connection, and is told what it missed', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', { to: 'x' })
    agent.socket.close()
    await until('the agent to be gone', async () => {
      const { agent: view } = await ana.must('agent.get', { id: 'worker' })
      return !view.connected
    })
    await ana.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'no' })
    const back = await cp.agentSocket({ subject: 'worker' })
    const resumed = await back.must('run.resume', {
      run: agent.started.run.id,
      epoch: agent.epoch,
      instance: agent.instance,
      after: 0,
    })
    expect(resumed).toMatchObject({ state: 'running', seq: 1, ttlMs: LEASE_MS, open: [] })
    expect(resumed.missed).toMatchObject([{ seq: 1, items: [{ data: { id: approval.id, reason: 'no' } }] }])
  })
})

describe('AG2: pause and stop', () => {
  it('[PO1] what is asked while paused waits, cannot be decided, and is decided anew on resume', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const pause = await ana.must('agent.pause', {
      key: freshKey(),
      target: { agent: 'worker' },
      reason: 'look',
    })
    expect(pause.results).toEqual([{ agent: 'worker', ok: true, state: 'paused' }])
    await agent.socket.heard('push', ({ state }) => state === 'paused')

    const asked = await agent.ask('read_file', { path: 'a' })
    expect(asked).toMatchObject({ verdict: 'wait', ttlMs: 0, state: 'paused', approval: { held: true } })
    expect(
      await ana.request('approval.approve', { key: freshKey(), ...shown(asked.approval) }),
    ).toMatchObject({ error: { code: 'paused' } })

    await ana.must('agent.resume', { key: freshKey(), target: { agent: 'worker' } })
    const push = await agent.socket.heard('push', ({ items }) => items.length > 0)
    expect(push.items[0].data).toMatchObject({ id: asked.approval.id, status: 'auto_approved' })
    expect(await agent.begin(asked.approval)).toMatchObject({ ok: true, state: 'running', ttlMs: LEASE_MS })
  })

  it('[AG2] a pause is requested, delivered, acknowledged, each with its time', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    await ana.must('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'look' })
    const { seq } = await agent.socket.heard('push', ({ state }) => state === 'paused')
    await until('delivery to be on record', async () => {
      const { agent: view } = await ana.must('agent.get', { id: 'worker' })
      return view.control.delivered !== undefined && view.control.acknowledged === undefined
    })
    await agent.socket.must('control.ack', { epoch: agent.epoch, seq, state: 'paused' })
    const { agent: view } = await ana.must('agent.get', { id: 'worker' })
    expect(view.control).toMatchObject({ wanted: 'paused', acknowledged: { by: 'worker' } })
  })

  it('[AG2][AG4] what nobody acknowledged is enforced by the lease, at its time and not before', async () => {
    const clock = manualClock()
    await using cp = await controlPlane({ clock })
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'enough' })
    await agent.socket.heard('push', ({ state }) => state === 'stopped')
    const control = async () => (await ana.must('agent.get', { id: 'worker' })).agent.control
    await clock.advance(LEASE_MS)
    expect((await control()).enforced).toBeUndefined()
    await clock.advance(CERTAIN_MS - LEASE_MS + 1)
    expect(await control()).toMatchObject({ wanted: 'stopped', enforced: { by: 'lease' } })
  })

  it('[AG1] stopped and locked: begin is refused, start too, until reinstated', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const { approval } = await agent.ask('send_email', { to: 'x' })
    await ana.must('approval.approve', { key: freshKey(), ...shown(approval) })
    await ana.must('agent.stop', { key: freshKey(), target: { agent: 'worker' }, reason: 'enough' })
    expect(await agent.begin(approval)).toMatchObject({
      ok: false,
      error: { code: 'agent_stopped' },
      state: 'stopped',
      ttlMs: 0,
    })
    const start = () => agent.socket.request('run.start', { key: freshKey(), instance: 'instance-b' })
    expect(await start()).toMatchObject({ error: { code: 'agent_locked' } })
    const reinstated = await ana.must('agent.reinstate', {
      key: freshKey(),
      target: { agent: 'worker' },
      reason: 'sorted out',
    })
    expect(reinstated.results).toMatchObject([{ ok: true, state: 'stopped' }])
    expect(await start()).toMatchObject({ error: { code: 'conflict', retryable: true } })
    expect(
      await agent.send('control.ack', {
        seq: agent.socket.pushes.at(-1)?.seq,
        state: 'stopped',
        key: undefined,
      }),
    ).toMatchObject({ ok: true })
    expect(await start()).toMatchObject({ ok: true, state: 'running' })
  })

  it('[AG1] what the machine has no row for is refused by name', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    expect(await ana.request('agent.resume', { key: freshKey(), target: { agent: 'worker' } })).toMatchObject(
      { error: { code: 'conflict' } },
    )
    await agent.send('run.complete')
    expect(
      await ana.request('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'x' }),
    ).toMatchObject({ error: { code: 'agent_stopped' } })
    expect(
      await ana.request('agent.pause', { key: freshKey(), target: { agent: 'nobody' }, reason: 'x' }),
    ).toMatchObject({ error: { code: 'not_found' } })
  })

  it('[AG4] a renewal grants nothing while paused, and again after', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }), { leaseMs: 1_000 })
    const ana = await cp.operatorSocket({})
    const renew = () => agent.socket.must('lease.renew', { epoch: agent.epoch, after: 0 })
    expect(await renew()).toMatchObject({ ttlMs: 1_000, state: 'running', missed: [] })
    await ana.must('agent.pause', { key: freshKey(), target: { agent: 'worker' }, reason: 'look' })
    const paused = await renew()
    expect(paused).toMatchObject({ ttlMs: 0, state: 'paused', seq: 1 })
    expect(paused.missed).toMatchObject([{ seq: 1, state: 'paused', items: [] }])
    await ana.must('agent.resume', { key: freshKey(), target: { agent: 'worker' } })
    expect(await renew()).toMatchObject({ ttlMs: 1_000, state: 'running', seq: 2 })
  })
})

describe('IN2, ES5: what people say to agents', () => {
  it('[IN2] instructions arrive in order, survive a restart, and their fate is seen', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    for (const text of ['first', 'second'])
      await ana.must('agent.inject', { key: freshKey(), target: { agent: 'worker' }, text, data: { text } })
    await agent.socket.heard('push', ({ items }) => items[0]?.data.text === 'second')
    const texts = agent.socket.pushes.map(({ items }) => items[0]?.data)
    expect(texts).toMatchObject([{ text: 'first' }, { text: 'second' }])

    await cp.restart()
    const back = await cp.agentSocket({ subject: 'worker' })
    const resumed = await back.must('run.resume', {
      run: agent.started.run.id,
      epoch: agent.epoch,
      instance: agent.instance,
      after: 2,
    })
    expect(resumed.instructions).toMatchObject([
      { text: 'first', by: 'ana', data: { text: 'first' } },
      { text: 'second', status: 'queued' },
    ])
    const [first, second] = resumed.instructions
    await back.must('instruction.ack', { key: freshKey(), id: first.id, outcome: 'applied', note: 'done' })
    await back.must('instruction.ack', { key: freshKey(), id: second.id, outcome: 'declined' })
    const bo = await cp.operatorSocket({ subject: 'bo' })
    const { events } = await bo.must('history.list', { type: 'instruction.*', agent: 'worker' })
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'instruction.declined',
      'instruction.applied',
      'instruction.queued',
      'instruction.queued',
    ])
    expect((await bo.must('agent.get', { id: 'worker' })).instructions).toEqual([])
  })

  it('[IN2] a paused agent hears of an instruction with the news that it goes on, on whatever connection', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const target = { agent: 'worker' }
    await ana.must('agent.pause', { key: freshKey(), target, reason: 'Wait.' })
    await ana.must('agent.inject', { key: freshKey(), target, text: 'skip the archive' })
    const back = await cp.agentSocket({ subject: 'worker' })
    const { instance, epoch, started } = agent
    const resumed = await back.must('run.resume', { run: started.run.id, epoch, instance, after: 1 })
    expect(resumed).toMatchObject({ state: 'paused', instructions: [], missed: [] })
    const [{ id }] = (await ana.must('agent.get', { id: 'worker' })).instructions
    const answer = { key: freshKey(), id, outcome: 'applied' }
    expect(await back.request('instruction.ack', answer)).toMatchObject({ error: { code: 'paused' } })
    await ana.must('agent.resume', { key: freshKey(), target })
    expect(await back.heard('push', ({ state }) => state === 'running')).toMatchObject({
      seq: 2,
      items: [{ type: 'instruction', data: { id, text: 'skip the archive', status: 'queued' } }],
    })
    await back.must('instruction.ack', answer)
  })

  it('[ES5] a question blocks until it is answered, and the answer arrives typed', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const asked = await agent.send('question.ask', {
      question: 'How many?',
      schema: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
    })
    expect(asked).toMatchObject({ ok: true, state: 'awaiting_input', ticket: { kind: 'question' } })
    const { id } = asked.ticket
    expect(
      await ana.request('ticket.resolve', { key: freshKey(), id, answer: { count: 'three' } }),
    ).toMatchObject({ error: { code: 'invalid' } })
    await ana.must('ticket.resolve', { key: freshKey(), id, answer: { count: 3 } })
    const push = await agent.socket.heard('push', ({ items }) => items.length > 0)
    expect(push).toMatchObject({
      state: 'running',
      items: [{ type: 'question.settled', data: { id, answer: { count: 3 }, closedBy: 'ana' } }],
    })
  })

  it('[ES1][ES3] a ticket opens where the thresholds say so, with the agent’s own account', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const ana = await cp.operatorSocket({})
    const calm = await agent.send('escalation.raise', { reason: 'uncertainty', context: {}, confidence: 0.9 })
    expect(calm).toMatchObject({ ok: true, raised: false })
    const raised = await agent.send('escalation.raise', {
      reason: 'uncertainty',
      context: { tried: ['a', 'b'] },
      confidence: 0.2,
    })
    expect(raised).toMatchObject({ raised: true, ticket: { priority: 4, blocking: false } })
    const { ticket } = await ana.must('ticket.get', { id: raised.ticket.id })
    expect(JSON.parse(ticket.context)).toEqual({ tried: ['a', 'b'] })
    expect(ticket.remainingMs).toBeGreaterThan(0)
    const taken = await ana.must('ticket.acknowledge', { key: freshKey(), id: ticket.id })
    expect(taken.ticket).toMatchObject({ status: 'acknowledged', assignee: 'ana' })
    const assign = (assignee: string, key = freshKey()) =>
      ana.request('ticket.assign', { key, id: ticket.id, assignee })
    expect(await assign('nobody')).toMatchObject({
      error: { code: 'invalid', details: { path: '/assignee' } },
    })
    const root = await cp.operatorSocket({ subject: 'root', role: 'admin' })
    await root.must('person.add', { key: freshKey(), id: 'bo', role: 'operator' })
    const key = freshKey()
    expect(await assign('bo', key)).toMatchObject({ ok: true, ticket: { assignee: 'bo' } })
    await root.must('person.disable', { key: freshKey(), id: 'bo', reason: 'left' })
    expect(await assign('bo')).toMatchObject({ error: { code: 'conflict' } })
    expect(await assign('bo', key)).toMatchObject({ ok: true, ticket: { assignee: 'bo' }, replayed: true })
    await ana.must('ticket.resolve', {
      key: freshKey(),
      id: ticket.id,
      resolution: 'go on',
      action: { action: 'read_file', args: { path: 'b' } },
    })
    const push = await agent.socket.heard('push', ({ items }) => items[0]?.type === 'ticket.settled')
    expect(push.items[0].data).toMatchObject({ resolution: 'go on', action: { action: 'read_file' } })
    const { ticket: own } = await agent.socket.must('ticket.get', { id: ticket.id })
    expect(own.status).toBe('resolved')
  })
})

it('[AG6] a completion that is sent again takes nothing from the process that came after', async () => {
  await using cp = await controlPlane({ clock: manualClock() })
  const first = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  await first.send('run.complete', { key: 'done' })
  const second = await startAgent(await cp.agentSocket({ subject: 'worker' }))
  expect(second.started.ttlMs).toBe(LEASE_MS)
  expect(await second.send('run.complete', { key: 'done', epoch: first.epoch })).toMatchObject({
    ok: true,
    replayed: true,
  })
  const third = await cp.agentSocket({ subject: 'worker' })
  expect(
    await third.request('run.start', { key: freshKey(), instance: 'instance-c', takeover: true }),
  ).toMatchObject({ ok: false, error: { code: 'conflict', retryable: true } })
})

it('[AG6] after a stop that nobody acknowledged, no run starts while the last process may still act', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const ana = await cp.operatorSocket({})
  const target = { agent: 'worker' }
  await ana.must('agent.stop', { key: freshKey(), target, reason: 'x' })
  await ana.must('agent.reinstate', { key: freshKey(), target, reason: 'x' })
  const next = await cp.agentSocket({ subject: 'worker' })
  const start = () => next.request('run.start', { key: freshKey(), instance: 'instance-b' })
  await clock.advance(CERTAIN_MS - 1)
  expect(await start()).toMatchObject({ error: { code: 'conflict', details: { retryAfterMs: 1 } } })
  await clock.advance(1)
  expect(await start()).toMatchObject({ state: 'running', ttlMs: LEASE_MS })
})
