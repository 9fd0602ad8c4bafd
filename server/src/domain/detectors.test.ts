import { builtInPolicy, MINUTE, type Policy, SECOND } from '@holdpoint/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { code, value, World } from './testing/world.ts'

let world: World
beforeEach(() => {
  world = new World()
  world.start()
})
const watching = (detectors: Partial<Policy['detectors']>): void => {
  world.policy = { ...builtInPolicy, detectors: { ...builtInPolicy.detectors, ...detectors } }
}
const reasons = () => world.agent.tickets.map(({ reason, about }) => `${reason} ${about?.split(':')[0]}`)
/** One request that goes at once and is reported, so that nothing piles up. */
function act(n: number, outcome: 'success' | 'failure' = 'success'): void {
  const answer = value(world.request('read_file', { n })) as { action: { id: string } }
  if (world.agent.approvals.some(({ id, begun }) => id === answer.action.id && begun))
    world.report(answer.action.id, outcome, 0)
}

it.each(['a person', 'an order'])(
  '[ES1] [PO1] policy pauses for what an agent asked for while %s held it, when that is decided as it would go on',
  (holder) => {
    const rules = [{ name: 'no', when: 'action == "rm"', forbid: true }] as const
    const escalation = { ...builtInPolicy.escalation, pauseOn: ['policy_violation'] }
    world.policy = { ...builtInPolicy, rules, escalation }
    if (holder === 'a person') world.intervene('agent.pause')
    else world.order('pause')
    world.request('rm', { path: '/' })
    if (holder === 'a person') expect(value(world.intervene('agent.resume'))).toEqual({ state: 'paused' })
    else world.lift('pause')
    expect([world.state, world.agent.pausedByPerson]).toEqual(['paused', true])
    expect(world.ticket().reason).toBe('policy_violation')
    expect(world.types()).not.toContain('agent.resumed')
    // who let it go on is on record all the same, and may do so again
    expect(world.log.at(-1)).toMatchObject({
      type: 'agent.unheld',
      by: holder === 'a person' ? 'ana' : 'system',
    })
    world.intervene('agent.resume')
    expect(world.state).toBe('running')
  },
)

describe('ES1: an agent can not hide one ticket behind many', () => {
  const forbidding: Policy = {
    ...builtInPolicy,
    rules: [{ name: 'no', when: 'action == "rm"', forbid: true, reason: 'Never.' }],
  }
  const doubt = (n: number, more: object = { confidence: 0.1 }) => {
    const { action } = value(world.request('read_file', { n }, more)) as { action: { id: string } }
    if (world.agent.approvals.some(({ id, begun }) => id === action.id && begun))
      world.report(action.id, 'success')
    else world.deny(world.item())
  }
  const count = (reason: string) => world.agent.tickets.filter((one) => one.reason === reason).length

  it('[ES1] [ES4] however many it brings about of one kind, those of another open, and none goes unrecorded', () => {
    world.policy = forbidding
    for (let n = 0; n < 100; n++) doubt(n)
    expect(count('uncertainty')).toBe(8)
    expect(world.ticket()).toMatchObject({ reason: 'uncertainty', repeats: 92 })
    const folded = world.log.filter(({ type }) => type === 'ticket.repeated')
    expect(folded).toHaveLength(92)
    expect(folded.at(-1)?.data).toMatchObject({
      ticket: { id: world.ticket().id, repeats: 92 },
      context: { action: 'read_file', confidence: 0.1 },
    })
    expect(code(world.request('rm', { path: '/' }))).toBe('ok')
    expect(world.ticket()).toMatchObject({ reason: 'policy_violation', about: 'rm', priority: 2 })
  })

  it('[ES1] urgent ones have all the places that are left, and never take those of another reason', () => {
    world.policy = forbidding
    for (let n = 0; n < 100; n++) doubt(n, { risk: 0.9 })
    expect(count('high_risk')).toBe(64)
    for (let n = 0; n < 10; n++) doubt(n)
    expect(count('uncertainty')).toBe(8)
    world.request('rm', { path: '/' })
    expect(count('policy_violation')).toBe(1)
    for (let n = 0; n < 5; n++) act(1_000 + n, 'failure')
    expect(count('repeated_failures')).toBe(1)
  })

  it('[ES1] one request that says all that it can is told whole', () => {
    world.policy = {
      ...forbidding,
      detectors: {
        ...builtInPolicy.detectors,
        repeatedCall: { enabled: true, times: 2, withinMs: MINUTE, pause: false },
      },
    }
    world.request('rm', { path: '/' })
    world.agent.tickets.forEach(({ id }) => {
      world.person({
        type: 'ticket.resolve',
        body: { key: 'k', id, resolution: 'Seen.' },
        by: { id: 'bo', role: 'operator' },
      })
    })
    world.request('rm', { path: '/' }, { confidence: 0.1, risk: 0.9 })
    expect(world.agent.tickets.map(({ reason }) => reason)).toEqual([
      'anomaly',
      'uncertainty',
      'high_risk',
      'policy_violation',
    ])
  })
})

describe('ES4: the same call again and again', () => {
  it('[ES4] the shipped policy takes ten within five minutes for a loop, and pauses nobody', () => {
    const { times, withinMs, pause } = builtInPolicy.detectors.repeatedCall
    expect([times, withinMs, pause]).toEqual([10, 5 * MINUTE, false])
    for (let n = 0; n < 9; n++) act(1)
    expect(reasons()).toEqual([])
    act(1)
    expect(reasons()).toEqual(['anomaly repeated_call'])
    expect(world.ticket()).toMatchObject({ priority: 3, opened: { by: 'system' } })
    expect(world.state).toBe('running')
    for (let n = 0; n < 20; n++) act(1)
    expect(reasons()).toEqual(['anomaly repeated_call']) // one ticket stands for them all
  })

  it('[ES4] other bytes, or the same over a longer time, are no loop', () => {
    for (let n = 0; n < 30; n++) act(n)
    for (let n = 0; n < 30; n++) {
      world.at += MINUTE
      act(1)
    }
    expect(reasons()).toEqual([])
  })

  it('[ES4] asking again for what waits counts too', () => {
    for (let n = 0; n < 10; n++) world.request('send_email', { to: 'x' })
    expect(reasons()).toEqual(['anomaly repeated_call'])
    expect(world.agent.approvals).toHaveLength(1)
  })

  it('[ES4] what is refused without being remembered counts for nothing, however often its key comes', () => {
    const schema = { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] } as const
    world.policy = {
      ...builtInPolicy,
      catalogue: {
        ...builtInPolicy.catalogue,
        send_email: { level: 'required', class: 'external_api', args: schema },
      },
    }
    for (let n = 0; n < 20; n++) {
      const refused = world.request('send_email', { to: n % 2 }, { confidence: 0.1, risk: 0.9 })
      expect([code(refused), refused.effects]).toEqual(['invalid', undefined])
    }
    expect([world.agent.tickets, world.agent.habits]).toEqual([[], undefined])
  })

  it('[ES4] nor does what the tenant’s quota turns away, which may come again under its key', () => {
    world.quota = { total: 5_000, own: 5_000, sharers: 1 }
    for (let n = 0; n < 20; n++) {
      const refused = world.request('send_email', { to: 'x' }, { confidence: 0.1 })
      expect([code(refused), refused.effects]).toEqual(['rate_limited', undefined])
    }
    world.intervene('agent.pause')
    const held = world.request('read_file', { path: 'x' })
    expect([code(held), held.effects]).toEqual(['rate_limited', undefined])
    expect([world.agent.tickets, world.agent.habits]).toEqual([[], undefined])
    world.intervene('agent.resume')
    expect(value(world.request('read_file', { path: 'x' }))).toMatchObject({ verdict: 'go' })
  })

  it('[ES4] is quiet after a reconnect', () => {
    world.quiet = true
    for (let n = 0; n < 30; n++) act(1)
    expect(reasons()).toEqual([])
  })

  it('[ES4] pauses in the same commit where policy says so, and the request then waits', () => {
    watching({ repeatedCall: { enabled: true, times: 3, withinMs: MINUTE, pause: true } })
    act(1)
    act(1)
    const answer = value(world.request('read_file', { n: 1 }))
    expect(answer).toMatchObject({ verdict: 'wait', approval: { held: true } })
    expect(world.state).toBe('paused')
    expect(reasons()).toEqual(['anomaly repeated_call'])
    // a person lets it go on; an order that is lifted would not
    world.order('pause', 'o')
    world.lift('o')
    expect(world.state).toBe('paused')
    expect(code(world.intervene('agent.resume'))).toBe('ok')
    expect(world.state).toBe('running')
  })
})

describe('ES4: a burst far above the agent’s usual rate', () => {
  const burst = { ...builtInPolicy.detectors.burst, atLeast: 10 }
  /** So many requests in one minute. */
  const minute = (requests: number, from: number): void => {
    for (let n = 0; n < requests; n++) act(from + n)
    world.at += MINUTE
  }

  it('[ES4] five times the moving average, once it is known', () => {
    watching({ burst })
    minute(60, 0) // nothing is usual yet
    for (let n = 0; n < 30; n++) minute(4, 1_000 + n * 10)
    expect(reasons()).toEqual([])
    minute(19, 5_000) // the average is a little above 4 still
    expect(reasons()).toEqual([])
    minute(60, 6_000)
    expect(reasons()).toEqual(['anomaly burst'])
  })

  it('[ES4] a slow agent may do a few things at once', () => {
    watching({ burst })
    act(0)
    world.at += 60 * MINUTE
    minute(9, 1)
    expect(reasons()).toEqual([])
    minute(11, 100)
    expect(reasons()).toEqual(['anomaly burst'])
  })

  it('[ES4] a higher rate that lasts becomes the usual one', () => {
    watching({ burst })
    for (let n = 0; n < 40; n++) minute(Math.min(4 + n, 30), n * 100)
    minute(60, 9_000)
    expect(reasons()).toEqual([])
  })
})

describe('ES1, ES4: failures', () => {
  it('[ES1] three in a row open a ticket, five are an anomaly', () => {
    for (let n = 0; n < 2; n++) act(n, 'failure')
    expect(reasons()).toEqual([])
    act(2, 'failure')
    expect(reasons()).toEqual(['repeated_failures failures'])
    expect(world.ticket().priority).toBe(4)
    act(3, 'failure')
    act(4, 'failure')
    expect(reasons()).toEqual(['repeated_failures failures', 'anomaly error_streak'])
    expect(builtInPolicy.detectors.errorStreak.failuresInRow).toBe(5)
  })

  it('[ES1] a success in between starts the count anew', () => {
    for (let n = 0; n < 10; n++) act(n, n % 3 === 2 ? 'success' : 'failure')
    expect(reasons()).toEqual([])
  })

  it('[ES4] [AG7] a pause by a rule outlasts an order that paused the agent before it', () => {
    watching({ errorStreak: { enabled: true, failuresInRow: 5, pause: true } })
    for (let n = 0; n < 5; n++) world.request('read_file', { n })
    world.order('pause')
    for (const { id } of world.agent.approvals) world.report(id, 'failure', 0)
    expect([world.state, world.agent.pausedByPerson]).toEqual(['paused', true])
    expect(world.log.find(({ by, type }) => by === 'system' && type === 'agent.held')).toMatchObject({
      data: { detector: 'error_streak', before: 'paused' },
    })
    world.lift('pause')
    expect(world.state).toBe('paused')
    expect(value(world.request('read_file', { n: 6 }))).toMatchObject({ verdict: 'wait' })
    world.intervene('agent.resume')
    expect(world.state).toBe('running')
  })

  it('[ES4] may pause the agent', () => {
    watching({ errorStreak: { enabled: true, failuresInRow: 2, pause: true } })
    act(0, 'failure')
    act(1, 'failure')
    expect(world.state).toBe('paused')
  })
})

describe('ES1: what the agent says of an action', () => {
  it('[ES1] a confidence below 0.3 or a risk above 0.7 opens a ticket, whatever policy makes of the action', () => {
    world.request('read_file', { n: 1 }, { confidence: 0.3, risk: 0.7 })
    expect(reasons()).toEqual([])
    const answer = value(world.request('read_file', { n: 2 }, { confidence: 0.29, risk: 0.71 }))
    expect(answer).toMatchObject({ verdict: 'go' })
    expect(world.agent.tickets.map(({ reason, priority }) => [reason, priority])).toEqual([
      ['uncertainty', 4],
      ['high_risk', 2],
    ])
  })
})

it('[ES4] what is remembered of an agent’s ways stays small', () => {
  for (let n = 0; n < 200; n++) {
    act(n)
    world.at += SECOND
  }
  expect(JSON.stringify(world.agent.habits).length).toBeLessThan(2_500)
})
