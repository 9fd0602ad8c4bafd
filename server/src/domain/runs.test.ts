import { builtInPolicy, compareEpochs, DAY, MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { code, T0, value, World } from './testing/world.ts'

const started = () => {
  const world = new World()
  world.start()
  return world
}

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

describe('questions and tickets', () => {
  it('[ES5] a question blocks, its answer is typed, and costs no trust', () => {
    const world = started()
    world.ask({ choices: ['blue', 'green'] })
    expect(world.state).toBe('awaiting_input')
    const { id } = world.ticket()
    const resolve = (answer: unknown) =>
      world.person({
        type: 'ticket.resolve',
        body: { key: 'k', id, answer },
        by: { id: 'ana', role: 'operator' },
      })
    expect(code(resolve('red'))).toBe('invalid')
    expect(code(resolve('blue'))).toBe('ok')
    expect(code(resolve('green'))).toBe('already_decided')
    expect(world.state).toBe('running')
    expect(world.records.get(id)).toMatchObject({ status: 'resolved', answer: 'blue' })
    expect(world.agent.autonomy.trust).toBe(0.5)
  })
  it('[ES5] choices and a form at once are refused', () => {
    const schema = { type: 'object' as const, properties: {} }
    expect(code(started().ask({ schema, choices: ['a'] }))).toBe('invalid')
  })
  it.each([
    ['uncertainty', { confidence: 0.29 }, true],
    ['uncertainty', { confidence: 0.3 }, false],
    ['high_risk', { risk: 0.71 }, true],
    ['high_risk', { risk: 0.7 }, false],
    ['repeated_failures', {}, false],
    ['user_request', { confidence: 1 }, true],
    ['critical_decision', {}, true],
    ['anomaly', {}, true],
    ['policy_violation', {}, true],
    ['something_else', {}, true],
  ] as const)('[ES1] %s %o opens a ticket: %s', (reason, scores, raised) => {
    const world = started()
    expect(value(world.raise(reason, scores))).toMatchObject({ raised })
    expect(world.agent.tickets).toHaveLength(raised ? 1 : 0)
    if (!raised) expect(world.types()).toEqual(['agent.started'])
  })
  it('[ES1] three failures in a row', () => {
    const world = started()
    for (let n = 0; n < 3; n++) {
      world.request('read_file', { n })
      world.report(world.item().id, 'failure', 0)
    }
    expect(value(world.raise('repeated_failures'))).toMatchObject({ raised: true, ticket: { priority: 4 } })
  })
  it.each([
    ['critical_decision', 1],
    ['high_risk', 2],
    ['policy_violation', 2],
    ['user_request', 3],
    ['anomaly', 3],
    ['uncertainty', 4],
    ['repeated_failures', 4],
    ['something_else', 5],
  ] as const)('[ES] %s has priority %i', (reason, priority) => {
    const world = started()
    world.raise(reason, { confidence: 0 })
    expect(world.ticket().priority).toBe(priority)
  })
  it.each([
    ['uncertainty', { risk: 0.9 }, 2],
    ['something_else', { risk: 0.71 }, 2],
    ['something_else', { risk: 0.7 }, 5],
    ['critical_decision', { risk: 0.9 }, 1],
  ] as const)('[ES1] %s with %o is as urgent as its risk: %i', (reason, scores, priority) => {
    const world = started()
    world.raise(reason, scores)
    expect(world.ticket().priority).toBe(priority)
  })
  it('[ES1] a reason that policy lists opens a ticket whatever the scores', () => {
    const world = started()
    const { escalation } = builtInPolicy
    const always = [...escalation.always, 'uncertainty']
    world.policy = { ...builtInPolicy, escalation: { ...escalation, always } }
    expect(value(world.raise('uncertainty', { confidence: 0.9 }))).toMatchObject({ raised: true })
    expect(value(world.raise('high_risk', { risk: 0.1 }))).toMatchObject({ raised: false })
  })
  it.each<[string, (world: World) => unknown]>([
    ['uncertainty', (w) => w.raise('uncertainty', { confidence: 0.1 })],
    ['uncertainty', (w) => w.raise('something_else', { confidence: 0.1 })],
    ['high_risk', (w) => w.request('send_email', { to: 'x' }, { risk: 0.9 })],
    ['critical_decision', (w) => w.raise('critical_decision')],
    [
      'repeated_failures',
      (w) => {
        for (let n = 0; n < 3; n++) {
          w.request('read_file', { n })
          w.report(w.item().id, 'failure', 0)
        }
      },
    ],
  ])('[ES1] where policy says so %s pauses the agent in the same commit', (reason, cause) => {
    const world = started()
    cause(world)
    expect(world.state).not.toBe('paused')
    const strict = started()
    strict.policy = { ...builtInPolicy, escalation: { ...builtInPolicy.escalation, pauseOn: [reason] } }
    cause(strict)
    expect([strict.state, strict.agent.pausedByPerson]).toEqual(['paused', true])
    expect(strict.log.find(({ type }) => type === 'agent.paused')).toMatchObject({
      by: 'system',
      data: { on: reason },
    })
    // what it asks for in that very request waits
    for (const item of strict.agent.approvals.filter(({ status }) => status === 'pending'))
      expect(item.held).toBe(true)
    // the ticket still stands when somebody lets it go on: the same again pauses again
    strict.intervene('agent.resume')
    cause(strict)
    if (reason !== 'high_risk') expect(strict.state).toBe('paused')
  })
  it('[ES3] open → acknowledged → resolved, with an action for the agent', () => {
    const world = started()
    world.raise('critical_decision')
    const { id } = world.ticket()
    expect(world.state).toBe('running')
    world.person({ type: 'ticket.acknowledge', id, by: { id: 'ana', role: 'operator' } })
    expect(world.ticket()).toMatchObject({ status: 'acknowledged', assignee: 'ana' })
    world.person({ type: 'ticket.assign', id, assignee: 'bo', by: { id: 'ana', role: 'operator' } })
    const action = { action: 'send_email', args: { to: 'legal' } }
    const by = { id: 'bo', role: 'operator' } as const
    expect(code(world.person({ type: 'ticket.resolve', body: { key: 'k', id }, by }))).toBe('invalid')
    world.person({ type: 'ticket.resolve', body: { key: 'k', id, resolution: 'Ask legal.', action }, by })
    expect(world.records.get(id)).toMatchObject({ status: 'resolved', assignee: 'bo', action })
    expect(world.log.at(-1)).toMatchObject({ type: 'ticket.resolved', push: { seq: 1 } })
  })
  it('[ES3] a ticket may expire, and nobody resolves it afterwards', () => {
    const world = started()
    world.raise('anomaly')
    const { id, expiresAt } = world.ticket()
    expect(expiresAt).toBe(T0 + 7 * DAY)
    world.at = expiresAt
    const by = { id: 'bo', role: 'operator' } as const
    const late = world.person({ type: 'ticket.resolve', body: { key: 'k', id, resolution: 'x' }, by })
    expect(code(late)).toBe('expired')
    expect(world.records.get(id)).toMatchObject({ status: 'expired' })
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

describe('instructions', () => {
  const inject = (world: World, text: string) =>
    world.person({ type: 'agent.inject', text, by: { id: 'ana', role: 'operator' } })
  const ack = (world: World, id: string, outcome: 'applied' | 'declined') =>
    world.do({ type: 'instruction.ack', identity: { labels: {} }, body: { key: 'k', id, outcome } })
  it('[IN2] queued in order, answered once, and the operator sees it', () => {
    const world = started()
    inject(world, 'First.')
    inject(world, 'Second.')
    expect(world.agent.instructions.map((one) => one.text)).toEqual(['First.', 'Second.'])
    const { id } = world.agent.instructions[0] ?? { id: '' }
    expect(code(ack(world, id, 'applied'))).toBe('ok')
    expect(ack(world, id, 'applied').effects).toBeUndefined()
    expect(code(ack(world, id, 'declined'))).toBe('conflict')
    expect(world.records.get(id)).toMatchObject({ status: 'applied', by: 'ana' })
    expect(code(ack(world, 'unknown', 'applied'))).toBe('not_found')
  })
  it('[AP14] capped in number and in length', () => {
    const world = started()
    for (let n = 0; n < 100; n++) expect(code(inject(world, `${n}`))).toBe('ok')
    expect(code(inject(world, 'one more'))).toBe('rate_limited')
    const long = started()
    for (let n = 0; n < 4; n++) expect(code(inject(long, 'x'.repeat(8_192)))).toBe('ok')
    expect(code(inject(long, 'x'))).toBe('rate_limited')
  })
  it('[IN2] a paused agent is told when it resumes, and can answer nothing before', () => {
    const world = started()
    inject(world, 'Before.')
    world.intervene('agent.pause')
    inject(world, 'While paused.')
    const told = () => world.log.filter(({ type, push }) => type === 'instruction.queued' && push)
    expect(told()).toHaveLength(1)
    const [before, paused] = world.agent.instructions.map(({ id }) => id)
    expect(code(ack(world, before ?? '', 'applied'))).toBe('paused')
    expect(code(ack(world, paused ?? '', 'applied'))).toBe('paused')
    world.start('process-2', { takeover: true })
    world.intervene('agent.resume')
    expect(world.log.at(-1)).toMatchObject({
      type: 'agent.resumed',
      push: { state: 'running' },
      data: { instructions: [{ text: 'Before.' }, { text: 'While paused.' }] },
    })
    expect(code(ack(world, paused ?? '', 'applied'))).toBe('ok')
  })
  it('[IN2] an agent without a run can not be told anything', () => {
    const world = started()
    world.complete()
    expect(code(inject(world, 'Hello?'))).toBe('agent_stopped')
  })
})
