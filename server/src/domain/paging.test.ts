import { builtInPolicy, MINUTE, type Policy, SECOND } from '@holdpoint/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Attempt } from './outgoing.ts'
import { T0, value, World } from './testing/world.ts'

const by = { id: 'ana', role: 'operator' } as const
const chain = {
  ...builtInPolicy,
  channels: {
    hook: { kind: 'webhook', url: 'https://example.org/', secret: 'hook' },
    pager: { kind: 'pagerduty', routingKey: 'pager', region: 'us' },
    mail: { kind: 'email', smtp: 'smtp', from: 'holdpoint@example.org' },
  },
  schedules: {
    primary: {
      timeZone: 'UTC',
      rotations: [
        {
          name: 'all',
          participants: ['ana', 'bo'],
          shiftDays: 7,
          handOver: { time: '00:00' },
          startsOn: '2026-01-05',
        },
      ],
    },
  },
  escalationPolicies: {
    ...builtInPolicy.escalationPolicies,
    on_call: {
      steps: [
        { notify: [{ schedule: 'primary' }, { channel: 'pager' }], acknowledgeWithinMs: 5 * MINUTE },
        { notify: [{ person: 'carol' }], acknowledgeWithinMs: 10 * MINUTE },
      ],
      repeats: 1,
    },
  },
} satisfies Policy

let world: World
beforeEach(() => {
  world = new World()
  world.policy = chain
  world.start()
})

/** What waits to be said, as "says to". */
const waiting = (): string[] =>
  (world.agent.outbox ?? []).map(({ says, to }) => `${says} ${Object.values(to).join()}`)
const settle = (n: number, attempts: readonly Attempt[]) => {
  const id = world.agent.outbox?.[n]?.id ?? ''
  world.do({ type: 'outbox.settle', id, tried: true, attempts })
}
const page = () => world.ticket().page
function due(): void {
  const { id } = world.ticket()
  const at = world.deadlines.get(`page:${id}`)
  if (at === undefined) throw new Error('no page is due')
  world.at = at
  world.do({ type: 'page.advance', id })
}

describe('ES2: by priority', () => {
  it('[ES2] the shipped policy pages who is on call at priority 1, the team at 2 and 3, nobody at 4 and 5', () => {
    const { paging, escalationPolicies } = builtInPolicy
    expect(paging.byPriority).toEqual({ 1: 'on_call', 2: 'team', 3: 'team' })
    expect(escalationPolicies.on_call).toEqual({
      steps: [{ notify: [{ schedule: 'primary' }], acknowledgeWithinMs: 5 * MINUTE }],
      repeats: 3,
    })
    expect(escalationPolicies.team?.steps[0]?.notify).toEqual([{ team: 'operators' }])
  })

  it.each([
    ['critical_decision', ['page ana', 'page pager']],
    ['high_risk', ['page operators']],
    ['user_request', ['page operators']],
    ['uncertainty', []],
    ['something_else', []],
  ])('[ES2] %s', (reason, told) => {
    world.raise(reason, { confidence: 0.1, ...(reason === 'high_risk' && { risk: 0.9 }) })
    expect(waiting()).toEqual(told)
    expect(page()?.status).toBe(told.length > 0 ? 'paging' : undefined)
  })

  it('[ES2] that nobody could be reached is said once nothing more will be tried', () => {
    world.raise('high_risk', { risk: 0.9 })
    settle(0, [{ channel: 'mail', person: 'ana', outcome: 'retry' }])
    expect(page()?.status).toBe('paging')
    settle(0, [{ channel: 'mail', person: 'ana', outcome: 'failed' }])
    expect(page()).toMatchObject({ status: 'unreachable', told: [] })
    expect(world.types()).toContain('ticket.unreachable')
    expect([...world.deadlines.keys()].filter((name) => name.startsWith('page'))).toEqual([])
  })

  it('[ES2] nobody to tell is said at once, not after a time-out', () => {
    world.policy = { ...chain, schedules: {}, escalationPolicies: builtInPolicy.escalationPolicies }
    const raised = value(world.raise('critical_decision'))
    expect(raised).toMatchObject({ ticket: { page: { status: 'unreachable', told: [] } } })
    expect(world.types()).toContain('ticket.unreachable')
    expect([...world.deadlines.keys()].filter((name) => name.startsWith('page'))).toEqual([])
  })

  it('[ES2] without any channel nobody can be told: one fact says so, and nothing waits to be sent in vain', () => {
    world.policy = { ...chain, channels: {} }
    const raised = value(world.raise('user_request'))
    expect(raised).toMatchObject({ ticket: { page: { status: 'unreachable', told: [] } } })
    expect(waiting()).toEqual([])
    expect(world.types().filter((type) => /^(channel|ticket\.(paged|unreachable))/.test(type))).toEqual([
      'ticket.unreachable',
    ])
  })
})

describe('ES2: the end of a page', () => {
  it('[ES2] a page that is being sent just now is not overtaken by its end', () => {
    world.raise('critical_decision', {})
    const { id } = world.ticket()
    // neither the pager's trigger nor the mail to whom is on call has been settled
    expect(waiting()).toEqual(['page ana', 'page pager'])
    const { at } = world
    world.person({ type: 'ticket.acknowledge', id, by })
    const [acknowledged] = world.agent.outbox ?? []
    expect(acknowledged).toMatchObject({ says: 'acknowledged', to: { channel: 'pager' } })
    expect(acknowledged?.dueAt).toBeGreaterThan(at + 10 * SECOND)
    expect(world.deadlines.get(`send:${acknowledged?.id}`)).toBe(acknowledged?.dueAt)
    world.at += SECOND
    world.person({ type: 'ticket.resolve', body: { key: 'k', id, resolution: 'done' }, by })
    const closed = world.agent.outbox?.find(({ says }) => says === 'closed')
    expect(closed?.dueAt).toBe(acknowledged?.dueAt)
  })

  it('[ES2] whoever is told at their own pager just now hears the end there, too', () => {
    world.raise('high_risk', { risk: 0.9 })
    expect(waiting()).toEqual(['page operators'])
    world.person({ type: 'ticket.acknowledge', id: world.ticket().id, by })
    expect(waiting()).toEqual(['acknowledged pager'])
    expect(page()?.channels).toEqual(['pager'])
  })

  it('[ES2] the end of a page that was sent long ago is said at once', () => {
    world.raise('critical_decision', {})
    settle(0, [{ channel: 'mail', person: 'ana', outcome: 'delivered' }])
    settle(0, [{ channel: 'pager', outcome: 'delivered' }])
    world.person({ type: 'ticket.acknowledge', id: world.ticket().id, by })
    expect(world.agent.outbox?.map(({ says, dueAt }) => [says, dueAt])).toEqual([['acknowledged', world.at]])
  })
})

describe('ES2: the next step', () => {
  beforeEach(() => void world.raise('critical_decision'))

  it('[ES2] comes when nobody acknowledged in time, and round again as often as policy says', () => {
    const turns: unknown[] = []
    for (let n = 0; n < 4; n++) {
      turns.push([page()?.step, page()?.round, (page()?.nextAt ?? 0) - world.at])
      due()
    }
    expect(turns).toEqual([
      [0, 0, 5 * MINUTE],
      [1, 0, 10 * MINUTE],
      [0, 1, 5 * MINUTE],
      [1, 1, 10 * MINUTE],
    ])
    expect(page()?.status).toBe('exhausted')
    expect(world.types().filter((type) => type === 'ticket.paged')).toHaveLength(4)
    expect(world.types()).toContain('ticket.unanswered')
    expect(world.ticket().status).toBe('open')
  })

  it('[ES2] asks the schedule again at each step, overrides included', () => {
    world.overrides = [
      { id: 'o', schedule: 'primary', person: 'dora', from: world.at, until: world.at + MINUTE * 20 },
      { id: 'p', schedule: 'another', person: 'eve', from: world.at, until: world.at + MINUTE * 20 },
    ]
    due()
    due()
    expect(page()?.told).toEqual([{ person: 'dora' }, { channel: 'pager' }])
  })

  it('[ES2] never comes early', () => {
    world.at += 5 * MINUTE - 1
    world.do({ type: 'page.advance', id: world.ticket().id })
    expect(page()?.step).toBe(0)
  })

  it('[ES2] acknowledging stops it, and says so where somebody waits to hear', () => {
    const { id } = world.ticket()
    const shown = value(world.person({ type: 'ticket.acknowledge', id, by }))
    expect(shown).toMatchObject({ ticket: { status: 'acknowledged', page: { status: 'acknowledged' } } })
    expect(waiting()).toEqual(['acknowledged pager'])
    expect(world.deadlines.has(`page:${id}`)).toBe(false)
    world.at += MINUTE * 30
    world.do({ type: 'page.advance', id })
    expect(page()).toMatchObject({ status: 'acknowledged', step: 0 })
    world.person({ type: 'ticket.resolve', body: { key: 'k', id, resolution: 'Done.' }, by })
    expect(waiting()).toEqual(['acknowledged pager', 'closed pager'])
  })

  it('[ES2] comes at once where nobody could be reached, and a new round does not', () => {
    settle(0, [{ channel: 'mail', person: 'ana', outcome: 'failed', reason: 'no address' }])
    expect(page()?.step).toBe(0) // the other one may still be reached
    settle(0, [{ channel: 'pager', outcome: 'failed', reason: '410' }])
    expect(page()).toMatchObject({ step: 1, told: [{ person: 'carol' }] })
    expect(world.types().filter((type) => type === 'channel.failed')).toHaveLength(2)
    settle(0, [{ channel: 'mail', person: 'carol', outcome: 'failed' }])
    expect(page()).toMatchObject({ step: 1, round: 0, status: 'paging' })
    due()
    expect(page()).toMatchObject({ step: 0, round: 1 })
  })

  it('[ES2] waits where somebody was reached', () => {
    settle(1, [{ channel: 'pager', outcome: 'delivered' }])
    settle(0, [{ channel: 'mail', person: 'ana', outcome: 'failed' }])
    expect(page()?.step).toBe(0)
    expect(world.log.find(({ type }) => type === 'message.delivered')?.data).toMatchObject({
      channel: 'pager',
      about: { kind: 'ticket', id: world.ticket().id },
    })
  })
})

describe('ES2: what is to be said', () => {
  beforeEach(() => void world.raise('critical_decision'))
  const [retry, delivered] = [
    { channel: 'mail', person: 'ana', outcome: 'retry', reason: 'timeout' },
    { channel: 'chat', person: 'ana', outcome: 'delivered' },
  ] as const

  it('[ES2] is due from the commit that makes it so, and tried again more and more slowly, then given up', () => {
    const [first] = world.agent.outbox ?? []
    expect(world.deadlines.get(`send:${first?.id}`)).toBe(world.at)
    const waits: number[] = []
    for (let n = 0; n < 5; n++) {
      settle(0, [retry, delivered])
      if (world.agent.outbox?.[0]?.id !== first?.id) break
      waits.push((world.deadlines.get(`send:${first?.id}`) ?? 0) - world.at)
      world.at += waits[n] ?? 0
    }
    expect(waits).toEqual([5, 10, 20, 40].map((s) => s * SECOND))
    expect(world.types().filter((type) => type === 'message.delivered')).toHaveLength(1)
    expect(world.log.filter(({ type }) => type === 'channel.failed')).toMatchObject([
      { data: { channel: 'mail', person: 'ana', reason: 'timeout', message: first?.id } },
    ])
    expect(world.deadlines.has(`send:${first?.id}`)).toBe(false)
  })

  it('[ES2] is dropped where it is over', () => {
    world.intervene('agent.stop')
    expect(waiting()).toEqual(['page ana', 'page pager']) // the ticket outlives the run
    world.person({
      type: 'ticket.resolve',
      body: { key: 'k', id: world.ticket().id, resolution: 'Done.' },
      by,
    })
    expect(waiting()).toEqual(['closed pager'])
  })

  it('[ES2] is bounded: what is least urgent gives way, visibly, whichever came first', () => {
    const crowd = (n: number) => ({
      steps: [
        {
          notify: Array.from({ length: n }, (_, at) => ({ person: `p${at}` })),
          acknowledgeWithinMs: MINUTE,
        },
      ],
      repeats: 0,
    })
    const byPriority = { ...chain.paging.byPriority, '5': 'many' }
    world.policy = {
      ...chain,
      paging: { ...chain.paging, byPriority },
      escalationPolicies: { ...chain.escalationPolicies, on_call: crowd(60), many: crowd(39) },
    }
    world.raise('critical_decision')
    const urgent = world.ticket().id
    world.raise('odd')
    // of 60 more that are urgent the first take the places of what is not, then of the oldest
    world.raise('critical_decision')
    const about = (id: string) => (world.agent.outbox ?? []).filter((one) => one.about.id === id).length
    expect([about(urgent), about(world.ticket().id), world.agent.outbox?.length]).toEqual([40, 60, 100])
    const lost = world.log.filter(({ type }) => type === 'channel.failed')
    // of the two that waited before, too
    expect(lost).toHaveLength(61)
    // and what is not urgent pushes out nothing
    world.raise('odd too')
    expect([about(urgent), about(world.ticket().id)]).toEqual([40, 0])
  })

  it('[ES2] is bounded: the oldest gives way, visibly', () => {
    const steps = [
      { notify: [{ person: 'ana' }, { person: 'bo' }, { person: 'cy' }], acknowledgeWithinMs: 1_000 },
    ]
    world.policy = { ...chain, escalationPolicies: { on_call: { steps, repeats: 20 } } }
    for (let n = 0; n < 5; n++) {
      world.raise('critical_decision')
      for (let round = 0; round < 10; round++) due()
    }
    expect(world.agent.outbox?.length).toBeLessThanOrEqual(100)
    expect(world.types()).toContain('channel.failed')
  })
})

describe('AP12: approvals', () => {
  const paged = { ...chain, paging: { ...chain.paging, approvals: 'on_call' } }

  it('[AP12] an undecided approval goes on to the next step at half of its time; deciding it stops that', () => {
    world.policy = paged
    world.request('send_email', { to: 'x' })
    const { id, expiresAt = 0 } = world.item()
    expect(world.deadlines.get(`page:${id}`)).toBe(world.at + (expiresAt - world.at) / 2)
    expect(waiting()).toEqual(['page ana', 'page pager'])
    world.at += (expiresAt - world.at) / 2
    world.do({ type: 'page.advance', id })
    expect(world.item().page).toMatchObject({ step: 1, told: [{ person: 'carol' }] })
    world.approve(world.item())
    expect(world.item().page?.status).toBe('over')
    expect(waiting()).toEqual(['closed pager'])
  })

  it('[AP12] at half of its time those who were told first are reminded, also where there is no next step', () => {
    world.policy = paged
    world.request('send_email', { to: 'x' })
    const { id, expiresAt = 0 } = world.item()
    const half = world.at + (expiresAt - world.at) / 2
    const reminded = () => (world.agent.outbox ?? []).filter(({ reminds }) => reminds).map(({ to }) => to)
    world.at = half - 1
    world.do({ type: 'page.advance', id })
    expect(reminded()).toEqual([])
    world.at = half
    world.do({ type: 'page.advance', id })
    expect(reminded()).toEqual([{ person: 'ana' }, { channel: 'pager' }])
    // whom it goes on to has not heard of it before
    expect(waiting()).toEqual(['page ana', 'page pager', 'page carol', 'page ana', 'page pager'])
    expect(world.item().page).toMatchObject({ step: 1, told: [{ person: 'carol' }] })
    // once: what follows goes by its escalation policy
    world.at = world.deadlines.get(`page:${id}`) ?? 0
    world.do({ type: 'page.advance', id })
    expect(reminded()).toHaveLength(2)

    const alone = new World()
    const { on_call } = chain.escalationPolicies
    const only = { steps: on_call.steps.slice(0, 1), repeats: 0 }
    alone.policy = { ...paged, escalationPolicies: { ...chain.escalationPolicies, on_call: only } }
    alone.start()
    alone.request('send_email', { to: 'x' })
    alone.at += (expiresAt - T0) / 2
    alone.do({ type: 'page.advance', id: alone.item().id })
    expect((alone.agent.outbox ?? []).filter(({ reminds }) => reminds)).toHaveLength(2)
    expect(alone.item().page?.status).toBe('exhausted')
  })

  it('[AP12] a dead first step moves it on at once, and at half of its time it is reminded of all the same', () => {
    world.policy = paged
    world.request('send_email', { to: 'x' })
    const { id, expiresAt = 0 } = world.item()
    const half = world.at + (expiresAt - world.at) / 2
    const failed = (channel: string): Attempt => ({ channel, outcome: 'failed' })
    for (const _ of ['ana', 'pager']) settle(0, [failed('hook')])
    expect(world.item().page).toMatchObject({ step: 1, told: [{ person: 'carol' }] })
    settle(0, [{ channel: 'hook', outcome: 'delivered' }])
    expect(world.deadlines.get(`page:${id}`)).toBe(half)
    world.at = half
    world.do({ type: 'page.advance', id })
    const reminded = (world.agent.outbox ?? []).filter(({ reminds }) => reminds)
    expect(reminded.map(({ to }) => to)).toEqual([{ person: 'carol' }])
    world.at = world.deadlines.get(`page:${id}`) ?? 0
    world.do({ type: 'page.advance', id })
    expect((world.agent.outbox ?? []).filter(({ reminds }) => reminds)).toHaveLength(1)
  })

  it('[AP12] the catalogue may name another escalation policy', () => {
    const escalationPolicies = {
      ...chain.escalationPolicies,
      money: { steps: [{ notify: [{ team: 'money' }], acknowledgeWithinMs: 1_000 }], repeats: 0 },
    }
    const payment = { ...chain.catalogue.payment, escalation: 'money' } as Policy['unlisted']
    world.policy = { ...paged, escalationPolicies, catalogue: { ...chain.catalogue, payment } }
    world.request('payment', { amount: 1 })
    expect(waiting()).toEqual(['page money'])
  })

  it('[AP12] the shipped policy pages nobody about approvals: consoles show them', () => {
    world.request('send_email', {})
    expect(waiting()).toEqual([])
  })
})
