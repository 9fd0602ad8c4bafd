import { builtInPolicy, DAY } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, T0, value, type World } from './testing/world.ts'

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
  it('[ES1] a ticket says who opened it, and names the approval that the server opened it about, where there is one', () => {
    const world = started()
    world.request('send_email', { to: 'x' }, { risk: 0.9, confidence: 0.1 })
    const { id } = world.item()
    world.raise('critical_decision', { context: { approval: 'another' } })
    expect(
      world.log.filter(({ type }) => type === 'ticket.opened').map(({ data }) => data.ticket),
    ).toMatchObject([
      { reason: 'uncertainty', openedBy: 'server', approval: id },
      { reason: 'high_risk', openedBy: 'server', approval: id },
      { reason: 'critical_decision', openedBy: 'agent', approval: undefined },
    ])
    // what was denied is turned down at once: there is nothing to look at
    const by = { id: 'ana', role: 'approver' } as const
    expect(code(world.deny(world.item()))).toBe('ok')
    for (const ticket of world.agent.tickets)
      world.person({ type: 'ticket.resolve', body: { key: 'k', id: ticket.id, resolution: 'x' }, by })
    world.request('send_email', { to: 'x' }, { risk: 0.9 })
    expect(world.ticket().reason).toBe('high_risk')
    expect(world.ticket().approval).toBe(undefined)
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
