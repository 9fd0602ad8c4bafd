import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, value, World } from './testing/world.ts'

describe('orders', () => {
  it('[AG7] a pause order holds, and lifting it lets go', () => {
    const world = started()
    world.order('pause')
    expect(world.state).toBe('paused')
    expect(code(world.intervene('agent.resume'))).toBe('under_order')
    world.lift('pause')
    expect(world.state).toBe('running')
  })
  it('[AG7] lifting does not resume what a person paused', () => {
    const world = started()
    world.intervene('agent.pause')
    world.order('pause')
    world.lift('pause')
    expect(world.state).toBe('paused')
  })
  it('[AG7] two orders: both have to be lifted', () => {
    const world = started()
    world.order('pause', 'a')
    world.order('pause', 'b')
    world.lift('a')
    expect(world.state).toBe('paused')
    world.lift('b')
    expect(world.state).toBe('running')
  })
  it('[AG7] a stop order stops and locks; lifted, the agent still has to be reinstated', () => {
    const world = started()
    world.order('stop')
    expect(world.agent.machine.context.locked).toBe(true)
    expect(code(world.intervene('agent.reinstate'))).toBe('under_order')
    world.lift('stop')
    expect(code(world.start('process-2'))).toBe('agent_locked')
    world.intervene('agent.reinstate')
    expect(code(world.start('process-2'))).toBe('ok')
  })
  it('[AG7] who comes later is held too, until the order is lifted', () => {
    const world = new World()
    world.placed('stop')
    expect(code(world.start())).toBe('under_order')
    expect(world.doc).toBeUndefined()
    world.orders = []
    world.placed('pause')
    expect(code(world.start())).toBe('ok')
    expect(world.state).toBe('paused')
  })
  it('[AG7] an agent that rests when a pause order comes starts paused, and free once it is lifted', () => {
    const world = started()
    world.complete()
    world.order('pause')
    world.start('process-2')
    expect(world.state).toBe('paused')
    world.complete()
    world.lift('pause')
    world.start('process-3')
    expect(world.state).toBe('running')
  })
  it('[AG7] an order for labels catches who comes to have them, at the start and by a renewed token', () => {
    const payments = { labels: 'team=payments' }
    const world = new World()
    world.start('process-1', {}, {})
    world.order('stop', 's', payments)
    world.order('pause', 'other')
    world.lift('other')
    expect(world.state).toBe('running')
    world.do({ type: 'identity.refresh', identity: { labels: { team: 'payments' } } })
    expect(world.agent.machine).toMatchObject({ state: 'stopped', context: { locked: true } })

    const resting = new World()
    resting.start('process-1', {}, {})
    resting.complete()
    resting.order('stop', 's', payments)
    const before = resting.doc
    expect(code(resting.start('process-2'))).toBe('under_order')
    expect(resting.doc).toBe(before)
    expect(code(resting.start('process-2', {}, {}))).toBe('ok')

    const taken = new World()
    taken.start('process-1', {}, {})
    taken.order('pause', 'p', payments)
    taken.start('process-2', { takeover: true })
    expect(taken.state).toBe('paused')
  })
  it('[AG7] other labels do not free whom an order has caught, accepted start or not', () => {
    const world = started()
    world.order('pause', 'p', { labels: 'team=payments' })
    expect(code(world.start('process-2', {}, {}))).toBe('conflict')
    expect(world.state).toBe('paused')
    world.start('process-2', { takeover: true }, {})
    expect(world.state).toBe('paused')
    world.do({ type: 'identity.refresh', identity: { labels: { team: 'none' } } })
    expect(world.agent.heldBy).toMatchObject([{ id: 'p' }])
    world.lift('p')
    expect(world.state).toBe('running')
  })
  it.each([
    ['locked', 'agent_locked'],
    ['paused', 'paused'],
  ] as const)('[AG8] below a %s agent nothing starts, and nothing is taken over', (how, refusal) => {
    const world = new World()
    world.heldAncestor = { id: 'deployer', how }
    expect(code(world.start())).toBe(refusal)
    expect(world.doc).toBeUndefined()
    const running = started()
    running.heldAncestor = world.heldAncestor
    expect(code(running.start('process-2', { takeover: true }))).toBe(refusal)
    expect(code(running.request('read_file', {}))).toBe('ok')
  })
  it('[ST9] what was handed out before history was lost counts no more', () => {
    const world = started()
    world.storeEpoch = 2
    expect(code(world.request('read_file', {}))).toBe('stale_epoch')
    expect(code(world.complete())).toBe('stale_epoch')
    expect(value(world.start('process-2', { takeover: true }))).toMatchObject({ run: { epoch: '2.2' } })
  })
  it('[AG6] [ST9] after history was lost nobody starts while a process that it forgot may still act', () => {
    const world = started()
    world.complete()
    world.storeEpoch = 2
    world.forgottenLeaseMs = 60_170
    expect(world.start('process-2').answer).toMatchObject({
      error: { code: 'conflict', retryable: true, details: { retryAfterMs: 60_170 } },
    })
    world.forgottenLeaseMs = 0
    expect(value(world.start('process-2'))).toMatchObject({ run: { epoch: '2.2' } })
  })
  it('[AG7] a reader that lags behind lifts nothing', () => {
    const world = started()
    world.order('pause')
    world.orders = []
    world.ordersVersion = 0
    world.do({ type: 'orders.apply' })
    expect(world.state).toBe('paused')
  })
})

describe('orders that a node is behind on', () => {
  it('[AG7] what an agent has seen lifted is not carried out by who has yet to hear of it', () => {
    const world = started()
    world.placed('stop')
    const behind = { orders: world.orders, ordersVersion: world.ordersVersion }
    // the fan-out of the lift comes by, and that of the order never did
    world.lift('stop')
    expect(world.agent.ordersVersion).toBe(2)
    Object.assign(world, behind)
    expect(code(world.request('read_file', {}))).toBe('ok')
    expect(world.state).toBe('running')
  })
  it('[AG7] having seen them is worth a write of its own to a fan-out alone', () => {
    const world = started()
    world.placed('pause', 'other', { labels: 'team=other' })
    expect(world.intervene('agent.resume').effects).toBeUndefined()
    expect(world.agent.ordersVersion).toBe(0)
    world.request('read_file', {})
    expect(world.agent.ordersVersion).toBe(1)
    world.placed('pause', 'another', { labels: 'team=other' })
    expect(world.do({ type: 'orders.apply' }).effects?.events).toEqual([])
    expect(world.agent.ordersVersion).toBe(2)
    expect(world.do({ type: 'orders.apply' }).effects).toBeUndefined()
  })
})
