import { MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, T0, World } from './testing/world.ts'

describe('pause, resume, stop, reinstate', () => {
  it.each([
    ['never started', ['agent.stop'], 'not_found'],
    ['completed', ['complete', 'agent.pause'], 'agent_stopped'],
    ['paused', ['agent.pause', 'agent.pause'], 'conflict'],
    ['running', ['agent.resume'], 'conflict'],
    ['running', ['agent.reinstate'], 'conflict'],
    ['stopped and locked', ['agent.stop', 'agent.resume'], 'agent_locked'],
    ['stopped and locked', ['agent.stop', 'agent.pause'], 'agent_locked'],
    ['stopped and locked', ['agent.stop', 'agent.stop'], 'ok'],
    ['completed', ['complete', 'agent.stop'], 'ok'],
    ['stopped and locked', ['agent.stop', 'agent.reinstate'], 'ok'],
  ] as const)('[AG1] %s: %s → %s', (from, steps, expected) => {
    const world = from === 'never started' ? new World() : started()
    const answers = steps.map((step) => (step === 'complete' ? world.complete() : world.intervene(step)))
    expect(code(answers.at(-1) as never)).toBe(expected)
  })
  it('[AG8] a pause outlives its run', () => {
    const world = started()
    world.intervene('agent.pause')
    world.complete()
    world.start('process-2')
    expect(world.state).toBe('paused')
  })
  it('[AG8] a stop does not wash off the pause that a person asked for', () => {
    const world = started()
    world.intervene('agent.pause')
    world.intervene('agent.stop')
    world.intervene('agent.reinstate')
    world.start('process-2')
    expect(world.state).toBe('paused')
    world.intervene('agent.resume')
    expect(world.state).toBe('running')
  })
  it('[AG8] a lock outlives its run', () => {
    const world = started()
    world.intervene('agent.stop')
    expect(code(world.start('process-2'))).toBe('agent_locked')
    world.intervene('agent.reinstate')
    expect(code(world.start('process-2'))).toBe('ok')
    expect(world.state).toBe('running')
  })
  it('[AG2] requested → delivered → acknowledged, each with its time', () => {
    const world = started()
    world.leaseLeftMs = 15_000
    world.intervene('agent.pause')
    const { seq, enforcedBy } = world.agent.control ?? { seq: 0, enforcedBy: 0 }
    expect(enforcedBy).toBe(T0 + 15_000)
    expect(world.deadlines.get('halt')).toBe(T0 + 15_000)
    world.at += 10
    world.do({ type: 'control.delivered', seq })
    world.at += 10
    const ack = { key: 'k', epoch: world.epoch, seq, state: 'paused' as const }
    world.do({ type: 'control.ack', identity: { labels: {} }, body: ack })
    expect(world.agent.control).toMatchObject({
      requested: { at: T0, by: 'ana' },
      delivered: { at: T0 + 10 },
      acknowledged: { at: T0 + 20 },
    })
    expect(world.deadlines.size).toBe(0)
    world.at += MINUTE
    expect(world.do({ type: 'control.enforce' }).effects).toBeUndefined()
  })
  it('[AG2] what nobody acknowledged is enforced by the lease, and only once it is due', () => {
    const world = started()
    world.leaseLeftMs = 15_000
    world.intervene('agent.stop')
    world.leaseLeftMs = 0
    world.at += 14_999
    expect(world.do({ type: 'control.enforce' }).effects).toBeUndefined()
    world.at += 1
    world.do({ type: 'control.enforce' })
    expect(world.agent.control).toMatchObject({ enforced: { at: T0 + 15_000, by: 'lease' } })
    expect(world.agent.control?.acknowledged).toBeUndefined()
  })
  it('[AG6] an agent that is stopped again, or after its run, makes its next run wait for no longer lease than it had', () => {
    const world = new World()
    world.start('process-1', { leaseMs: 2_000 })
    world.intervene('agent.stop')
    world.intervene('agent.reinstate')
    // nodes that share a store can't tell that no lease is out
    world.leaseLeftMs = 2_100
    world.intervene('agent.stop')
    expect(world.agent.control?.leaseMs).toBe(2_000)
    world.intervene('agent.reinstate')
    world.at += 10_000
    world.leaseLeftMs = 0
    world.start('process-2', { leaseMs: 1_000 })
    world.complete()
    world.leaseLeftMs = 50
    world.intervene('agent.stop')
    expect(world.agent.control?.leaseMs).toBe(0)
  })
  it('[AG2] [PR8] a clock that was set ahead does not make a lease run out sooner', () => {
    const world = started()
    world.leaseLeftMs = 15_000
    world.intervene('agent.stop')
    world.at += 60 * MINUTE
    world.do({ type: 'control.enforce' })
    expect(world.agent.control?.enforced).toBeUndefined()
    expect(world.deadlines.get('halt')).toBe(world.at + 15_000)
    world.leaseLeftMs = 0
    world.at += 15_000
    world.do({ type: 'control.enforce' })
    expect(world.agent.control?.enforced).toBeDefined()
  })
  it('[AG6] [PR8] nor does it let the next run begin beside a process that may not have halted', () => {
    const world = started()
    world.leaseLeftMs = 15_000
    world.intervene('agent.stop')
    world.intervene('agent.reinstate')
    world.at += 60 * MINUTE
    expect(world.start('process-2').answer).toMatchObject({
      error: { code: 'conflict', details: { retryAfterMs: 15_000 } },
    })
    world.leaseLeftMs = 0
    expect(code(world.start('process-2'))).toBe('ok')
  })
  it('[AG2] [AG7] a stop is acknowledged by who has it from the notice of its order alone', () => {
    const world = started()
    world.placed('stop')
    const body = { key: 'k', epoch: world.epoch, seq: 0, state: 'stopped' as const }
    world.do({ type: 'control.ack', identity: { labels: {} }, body })
    expect(world.state).toBe('stopped')
    expect(world.agent.control).toMatchObject({ wanted: 'stopped', acknowledged: { by: 'deployer' } })
  })
  it('[AG2] an acknowledgement from before the stop does not count for it', () => {
    const world = started()
    world.intervene('agent.pause')
    const early = world.agent.seq
    world.intervene('agent.resume')
    world.intervene('agent.pause')
    const body = { key: 'k', epoch: world.epoch, seq: early, state: 'paused' as const }
    world.do({ type: 'control.ack', identity: { labels: {} }, body })
    expect(world.agent.control?.acknowledged).toBeUndefined()
  })
  it('[AG6] after a stop that nobody acknowledged, the next run waits until that process has certainly halted', () => {
    const world = started()
    world.leaseLeftMs = 15_000
    world.intervene('agent.stop')
    world.leaseLeftMs = 0
    world.at += 5_000
    world.intervene('agent.reinstate')
    const early = world.start('process-2')
    expect(early.answer).toMatchObject({ error: { code: 'conflict', details: { retryAfterMs: 10_000 } } })
    world.at += 10_000
    expect(code(world.start('process-2'))).toBe('ok')
  })
  it('[AG6] a late approval can not restart stopped work', () => {
    const world = started()
    world.request('send_email', {})
    const item = world.item()
    world.intervene('agent.stop')
    expect(code(world.approve(item))).toBe('already_decided')
    expect(world.state).toBe('stopped')
  })
})
