import { AgentStoppedError, RunSupersededError } from '@holdpoint/client'
import { newId } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { approvals, started, until } from './sdk-scripted-agent.ts'
import { EPOCH, no, scriptedServer } from './sdk-scripted-server.ts'

describe('agent client: gate and lease', () => {
  it('[AG2] [AG3] a pause closes the gate, is acknowledged, and a resume opens it', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.stands.ttlMs = 0
    server.push([], { state: 'paused' })
    await until(() => expect(client.canContinue()).toBe(false))
    await until(() =>
      expect(server.payloads('control.ack')).toEqual([{ epoch: EPOCH, seq: 11, state: 'paused' }]),
    )
    const waiting = client.checkpoint()
    server.stands.ttlMs = 15_000
    server.push([], { state: 'running' })
    await waiting
    await until(() => expect(server.payloads('control.ack')).toHaveLength(2))
    expect(server.payloads('control.ack')[1]).toEqual({ epoch: EPOCH, seq: 12, state: 'running' })
  })

  it('[AG2] what only moves between running and awaiting input is not acknowledged', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.push([], { state: 'awaiting_input' })
    await until(() => expect(client.state).toBe('awaiting_input'))
    server.push([], { state: 'running' })
    await client.checkpoint()
    expect(server.payloads('control.ack')).toEqual([])
  })

  it('[AG3] a stop throws at the checkpoint, fires the signal, ends what is pending, and is acknowledged', async () => {
    await using server = await scriptedServer()
    const gate = approvals(server)
    await using client = await started(server)
    const { decision } = await client.request('pay', { amount: 10 })
    server.push([], { state: 'stopped' })
    await expect(decision).rejects.toBeInstanceOf(AgentStoppedError)
    await expect(client.checkpoint()).rejects.toMatchObject({ ended: 'stopped', code: 'agent_stopped' })
    expect(client.signal.reason).toBeInstanceOf(AgentStoppedError)
    await expect(client.request('pay', { amount: 1 })).rejects.toBeInstanceOf(AgentStoppedError)
    await until(() =>
      expect(server.payloads('control.ack')).toEqual([{ epoch: EPOCH, seq: 11, state: 'stopped' }]),
    )
    expect(gate.id).toBeTruthy()
  })

  it('[AG4] [AG5] without answers the lease runs out and halts; when they come again it goes on by itself', async () => {
    await using server = await scriptedServer()
    server.stands.ttlMs = 600
    await using client = await started(server)
    server.answer('lease.renew', () => 'silence')
    await until(() => expect(client.canContinue()).toBe(false))
    expect([client.state, client.signal.aborted]).toEqual(['running', false])
    const waiting = client.checkpoint()
    server.answer('lease.renew', () => ({ missed: [] }))
    await waiting
    expect(client.canContinue()).toBe(true)
  })

  it('[AG4] is renewed every third of its length', async () => {
    await using server = await scriptedServer()
    server.stands.ttlMs = 300
    await using client = await started(server)
    await until(() => expect(server.payloads('lease.renew').length).toBeGreaterThanOrEqual(5))
    expect(client.canContinue()).toBe(true)
  })

  it('[AG4] granted nothing though it should run, it asks at a steady pace, not as fast as it is answered', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.stands.ttlMs = 0
    server.push([], { state: 'paused' })
    await until(() => expect(client.state).toBe('paused'))
    server.push([], { state: 'running' })
    await until(() => expect(server.payloads('lease.renew')).toHaveLength(1))
    const since = performance.now()
    const waiting = client.checkpoint()
    await until(() => expect(server.payloads('lease.renew').length).toBeGreaterThanOrEqual(3))
    expect(performance.now() - since).toBeGreaterThan(900)
    server.stands.ttlMs = 15_000
    await waiting
  })

  it('[AG4] a server that no longer knows who speaks on this connection is told by a resume', async () => {
    await using server = await scriptedServer()
    server.stands.ttlMs = 300
    await using client = await started(server)
    server.answer('lease.renew', () =>
      server.payloads('run.resume').length ? { missed: [] } : no('conflict'),
    )
    await until(() => expect(server.payloads('run.resume')).toHaveLength(1))
    await client.checkpoint()
    expect(server.connections).toBe(1)
  })

  it('[AG7] an order that covers the agent closes the gate first, and asks then', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    let answer: (value: Record<string, unknown>) => void = () => {}
    server.answer(
      'lease.renew',
      () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    )
    server.emit('order', { id: newId(), effect: 'pause', selector: { labels: 'team=ops' }, lifted: false })
    await until(() => expect(server.payloads('lease.renew')).toHaveLength(1))
    expect(client.canContinue()).toBe(false)
    answer({ missed: [] })
    await client.checkpoint()
  })

  it.each([
    ['another team', { labels: 'team=payments' }, { goesOn: true, aborted: false }],
    ['another agent', { agent: 'other' }, { goesOn: true, aborted: false }],
    ['its parent with children', { agent: 'bo', children: true }, { goesOn: true, aborted: false }],
    ['itself', { agent: 'bot' }, { goesOn: false, aborted: true }],
    ['all', { all: true }, { goesOn: false, aborted: true }],
    ['a selector that can not be judged', { region: 'eu' }, { goesOn: false, aborted: false }],
  ])('[AG7] [AG3] an order to stop %s', async (_whom, selector, { goesOn, aborted }) => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('lease.renew', () => 'silence')
    server.emit('order', { id: newId(), effect: 'stop', selector, lifted: false })
    // Comes after the order, on the same connection: once it is here, the order was heard.
    server.push([{ type: 'autonomy.changed', data: { trust: 0.9 } as never }])
    await until(() => expect(client.autonomy?.trust).toBe(0.9))
    expect(client.canContinue()).toBe(goesOn)
    await until(() => expect(client.signal.aborted).toBe(aborted))
  })

  it('[AG7] an order to stop that was lifted before it came to this agent still ends what it aborted', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.emit('order', { id: newId(), effect: 'stop', selector: { all: true }, lifted: false })
    await until(() => expect(client.signal.aborted).toBe(true))
    await expect(client.checkpoint()).rejects.toBeInstanceOf(AgentStoppedError)
  })

  it('[AG6] superseded, it halts for good and never takes back', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.push([{ type: 'run.superseded', data: { epoch: EPOCH } }])
    await until(() => expect(client.signal.aborted).toBe(true))
    await expect(client.checkpoint()).rejects.toBeInstanceOf(RunSupersededError)
    await until(() => expect(server.open).toBe(0))
    expect([server.connections, server.payloads('run.start').length]).toEqual([1, 1])
  })

  it('[AG6] a stale epoch in any answer is the same', async () => {
    await using server = await scriptedServer()
    await using client = await started(server)
    server.answer('action.request', () => no('stale_epoch'))
    await expect(client.request('pay', {})).rejects.toMatchObject({ code: 'stale_epoch' })
    await expect(client.checkpoint()).rejects.toBeInstanceOf(RunSupersededError)
  })
})
