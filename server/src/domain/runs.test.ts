import { compareEpochs } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, value, World } from './testing/world.ts'

describe('runs and epochs', () => {
  it('[AG] a start makes a run, held under a first epoch', () => {
    const world = new World()
    expect(value(world.start())).toMatchObject({ run: { epoch: '1.1' }, leaseMs: 15_000 })
    expect(world.state).toBe('running')
    expect(world.types()).toEqual(['agent.started'])
  })
  it('[AG4] a lease is at most what policy allows', () => {
    expect(value(new World().start('process-1', { leaseMs: 3_600_000 }))).toMatchObject({ leaseMs: 60_000 })
  })
  it('[AG6] an unfinished run is taken over only where that was asked for', () => {
    const world = started()
    const refusal = world.start('process-2')
    expect(code(refusal)).toBe('conflict')
    expect(refusal.answer).toMatchObject({ error: { details: { run: { epoch: '1.1' } } } })
    expect(refusal.effects).toBeUndefined()
  })
  it('[AG6] a take-over waits for the lease that may be out, and says how long', () => {
    const world = started()
    world.leaseLeftMs = 4_000
    const refusal = world.start('process-2', { takeover: true })
    expect(refusal.answer).toMatchObject({
      error: { code: 'conflict', retryable: true, details: { retryAfterMs: 4_000 } },
    })
    world.leaseLeftMs = 0
    expect(value(world.start('process-2', { takeover: true }))).toMatchObject({ run: { epoch: '1.2' } })
  })
  it('[AG6] where other nodes grant leases, who waits to take over is on record until the holder asks again', () => {
    const world = started()
    world.leasesElsewhere = true
    world.leaseLeftMs = 4_000
    world.start('process-2', { takeover: true })
    expect(world.doc?.run).toMatchObject({ instance: 'process-1', contestedAt: world.at })
    expect(world.types()).toEqual(['agent.started', 'run.contested'])
    // a second one changes nothing
    const since = world.at
    world.at += 1_000
    world.start('process-3', { takeover: true })
    expect(world.doc?.run?.contestedAt).toBe(since)
    expect(world.log).toHaveLength(2)
    expect(code(world.do({ type: 'run.keep', epoch: '1.0' }))).toBe('stale_epoch')
    world.do({ type: 'run.keep', epoch: world.epoch })
    expect(world.doc?.run?.contestedAt).toBeUndefined()
    world.start('process-2', { takeover: true })
    world.leaseLeftMs = 0
    world.start('process-2', { takeover: true })
    expect(world.doc?.run).toMatchObject({ instance: 'process-2', epoch: '1.2' })
    expect(world.doc?.run?.contestedAt).toBeUndefined()
  })
  it('[AG6] a clean exit releases, so that nobody waits', () => {
    const world = started()
    world.do({ type: 'lease.release', identity: { labels: {} }, body: { epoch: world.epoch } })
    expect(code(world.request('read_file', {}))).toBe('lease_lost')
    world.leaseLeftMs = 4_000
    expect(code(world.start('process-2', { takeover: true }))).toBe('ok')
  })
  it('[AG6] what nobody decided moves along with the run', () => {
    const world = started()
    world.request('send_email', { to: 'x' })
    const item = world.item()
    world.start('process-2', { takeover: true })
    expect(world.state).toBe('awaiting_input')
    world.approve(item)
    expect(code(world.begin(item))).toBe('ok')
  })
  it('[AG6] the process that lost its run is told', () => {
    const world = started()
    world.start('process-2', { takeover: true })
    expect(world.log.at(-1)).toMatchObject({
      type: 'run.superseded',
      push: { seq: 1 },
      data: { epoch: '1.1' },
    })
  })
  it('[AG] epochs only ever grow, over runs and over a store that lost history', () => {
    const world = started()
    const first = world.epoch
    world.complete()
    world.start('process-2')
    const second = world.epoch
    world.storeEpoch = 2
    world.start('process-3', { takeover: true })
    expect(compareEpochs(second, first)).toBeGreaterThan(0)
    expect(compareEpochs(world.epoch, second)).toBeGreaterThan(0)
  })
  it('[AG6] complete ends what is undecided, unbegun and unanswered', () => {
    const world = started()
    world.request('send_email', { to: 'pending' })
    const pending = world.item()
    world.request('send_email', { to: 'released' })
    const released = world.item()
    world.approve(released)
    world.ask()
    const question = world.ticket()
    world.person({ type: 'agent.inject', text: 'Hurry.', by: { id: 'ana', role: 'operator' } })
    const [instruction] = world.agent.instructions
    expect(code(world.complete())).toBe('ok')
    expect(world.agent).toMatchObject({ approvals: [], tickets: [], instructions: [] })
    expect(world.agent.run).toBeUndefined()
    expect(world.agent.machine).toEqual({
      state: 'stopped',
      context: { locked: false, paused: false, blocking: 0 },
    })
    expect(world.records.get(pending.id)).toMatchObject({ status: 'cancelled' })
    expect(world.records.get(released.id)).toMatchObject({ status: 'approved', stages: { lapsed: {} } })
    expect(world.records.get(question.id)).toMatchObject({ status: 'cancelled' })
    expect(world.records.get(instruction?.id ?? '')).toMatchObject({ status: 'cancelled' })
    expect(world.deadlines.size).toBe(0)
    expect(code(world.approve(pending))).toBe('already_decided')
    expect(world.state).toBe('stopped')
  })
})
