import {
  type ApprovalView,
  builtInPolicy,
  DAY,
  MINUTE,
  type Policy,
  SECOND,
  type TicketView,
} from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentDocument, Approval } from './agent-document.ts'
import type { PeopleFacts } from './commands.ts'
import type { Fact } from './effects.ts'
import { World } from './testing/world.ts'

/** Short enough that random waits cross every deadline. */
const hasty = {
  ...builtInPolicy,
  levels: {
    ...builtInPolicy.levels,
    review: { ...builtInPolicy.levels.review, timeoutMs: 20 * SECOND },
    required: { ...builtInPolicy.levels.required, timeoutMs: 40 * SECOND },
  },
  // AP5: what one person alone may not release, nor deny
  catalogue: {
    ...builtInPolicy.catalogue,
    send_email: { ...builtInPolicy.catalogue.send_email, approvals: 2, denials: 2 },
    delete_data: { ...builtInPolicy.catalogue.delete_data, approvals: 3 },
  } as Policy['catalogue'],
  release: { useByMs: 10 * SECOND, maxUseByMs: MINUTE },
  escalation: { ...builtInPolicy.escalation, questionTimeoutMs: 15 * SECOND, ticketTimeoutMs: 50 * SECOND },
  // by themselves they write, and what may have run already must not be written again so (AP9)
  trust: { ...builtInPolicy.trust, initial: 0.7 },
  caps: { openItems: 5, tenantOpenItems: 100, instructions: 3, unreported: 4, orders: 10, children: 5 },
  detectors: {
    ...builtInPolicy.detectors,
    repeatedCall: { enabled: true, times: 4, withinMs: MINUTE, pause: true },
  },
  paging: { byPriority: { 1: 'all', 2: 'all', 3: 'all' }, approvals: 'all' },
  escalationPolicies: {
    all: {
      steps: [
        { notify: [{ person: 'ana' }, { channel: 'hook' }], acknowledgeWithinMs: 8 * SECOND },
        { notify: [{ team: 'second' }], acknowledgeWithinMs: 12 * SECOND },
      ],
      repeats: 1,
    },
  },
  channels: { hook: { kind: 'webhook', url: 'https://example.org/', secret: 'hook' } },
} satisfies Policy

const actions = ['read_file', 'write_file', 'api_call', 'send_email', 'delete_data', 'payment', 'unheard_of']
/** The agent's owner among them, who may not release. */
const persons = ['olga', 'ana', 'bo', 'cy']
const rarely = fc.oneof(
  { weight: 7, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
)
/** Mostly the latest, so that walks get somewhere. */
const nth = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 6 }) })

/** One step of somebody: an agent's process (an old one too), a person, a clock. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('start' as const), takeover: fc.boolean(), instance: nth }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      action: fc.constantFrom(...actions),
      n: fc.nat(2),
      blocking: fc.boolean(),
      old: rarely,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      n: nth,
      by: fc.constantFrom(...persons),
      edit: rarely,
      role: fc.constantFrom('operator' as const, 'approver' as const, 'admin' as const, 'admin' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deny' as const), n: nth, by: fc.constantFrom(...persons) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('demote' as const, 'disable' as const, 'restore' as const),
      who: fc.constantFrom(...persons),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('begin' as const), n: nth, old: rarely }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      n: nth,
      outcome: fc.constantFrom('success' as const, 'failure' as const, 'unknown' as const),
      old: rarely,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), n: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), blocking: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('raise' as const), blocking: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resolve' as const), n: nth }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'agent.pause' as const,
        'agent.pause' as const,
        'agent.resume' as const,
        'agent.resume' as const,
        'agent.resume' as const,
        'agent.stop' as const,
        'agent.reinstate' as const,
        'agent.reinstate' as const,
        'agent.reinstate' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('order' as const, 'order-unseen' as const),
      effect: fc.constantFrom('pause' as const, 'pause' as const, 'pause' as const, 'stop' as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('lift' as const, 'lift' as const), n: nth }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('complete' as const, 'inject' as const, 'release' as const, 'reclaim' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 999, 5_000, 9_999, 10_000, 20_000, 40_000),
      late: rarely,
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Everything that was ever asked for, so that steps name live, settled and foreign items alike. */
class Story {
  readonly world = new World()
  readonly asked: Approval[] = []
  readonly epochs: string[] = []
  readonly begun = new Map<string, Begun>()
  #orders = 0

  constructor() {
    this.world.policy = hasty
    this.world.people = { owner: 'olga', othersRole: 'admin', signers: {} }
  }

  take(one: Step): void {
    const { world } = this
    const before = world.doc
    const from = world.log.length
    const at = world.at
    this.#run(one)
    for (const item of world.doc?.approvals ?? []) {
      const known = this.asked.findIndex((other) => other.id === item.id)
      if (known < 0) this.asked.push(item)
      else this.asked[known] = item
    }
    const { epoch } = world.doc ?? {}
    if (epoch && this.epochs.at(-1) !== epoch) this.epochs.push(epoch)
    checkDocument(world.doc)
    checkBudgets(world.doc, this.asked)
    checkPaging(world)
    checkStep(before, world.log.slice(from), at)
    checkReleases(world.log.slice(from), world.people?.signers ?? {})
    checkRepeats(this.begun, world.doc, world.log.slice(from), world.at)
  }

  /** Who can't even knock: the shell turns a disabled person away before anything is decided. */
  #isOut = (person: string): boolean => this.world.people?.signers[person]?.void === true

  #know(person: string, standing: PeopleFacts['signers'][string] | undefined): void {
    const { [person]: _, ...others } = this.world.people?.signers ?? {}
    this.world.people = {
      ...this.world.people,
      signers: { ...others, ...(standing && { [person]: standing }) },
    }
  }

  #item(n: number): Approval | undefined {
    return this.asked.at(-1 - n)
  }
  #epoch(old: boolean): `${number}.${number}` {
    return ((old ? this.epochs.at(-2) : this.epochs.at(-1)) ?? '0.0') as `${number}.${number}`
  }

  #run(one: Step): void {
    const { world } = this
    if (
      one.do !== 'start' &&
      one.do !== 'wait' &&
      one.do !== 'order-unseen' &&
      one.do !== 'order' &&
      !world.doc
    )
      return
    switch (one.do) {
      case 'start':
        world.leaseLeftMs = 0
        world.start(`process-${one.instance}`, { takeover: one.takeover })
        return
      case 'request':
        this.#unchangedIfStale(one.old, () =>
          world.request(one.action, { n: one.n }, { blocking: one.blocking, epoch: this.#epoch(one.old) }),
        )
        return
      case 'approve': {
        const item = this.#item(one.n)
        // the shell gives them the lesser of the token's role and the record's
        const by = { id: one.by, role: world.people?.signers[one.by]?.role ?? one.role }
        if (item && !this.#isOut(one.by)) world.approve(item, by, one.edit ? { edited: one.n } : undefined)
        return
      }
      case 'deny': {
        const item = this.#item(one.n)
        if (item && !this.#isOut(one.by)) world.deny(item, 'Not today.', { id: one.by, role: 'operator' })
        return
      }
      case 'demote':
        this.#know(one.who, { role: 'operator', void: false })
        return
      case 'disable':
        this.#know(one.who, { void: true })
        return
      case 'restore':
        this.#know(one.who, undefined)
        return
      case 'begin': {
        const item = this.#item(one.n)
        if (item) this.#unchangedIfStale(one.old, () => world.begin(item, { epoch: this.#epoch(one.old) }))
        return
      }
      case 'report': {
        const item = this.#item(one.n)
        if (item)
          this.#unchangedIfStale(one.old, () => world.report(item.id, one.outcome, 1, this.#epoch(one.old)))
        return
      }
      case 'cancel': {
        const item = this.#item(one.n)
        if (item)
          world.do({
            type: 'approval.cancel',
            identity: { labels: {} },
            body: { key: 'k', id: item.id, reason: 'r' },
          })
        return
      }
      case 'ask':
        world.ask({ blocking: one.blocking })
        return
      case 'raise':
        world.raise('critical_decision', { blocking: one.blocking })
        return
      case 'resolve': {
        const ticket = world.agent.tickets.at(one.n)
        const body = {
          key: 'k',
          id: ticket?.id ?? 'none',
          ...(ticket?.kind === 'question' ? { answer: 'a' } : { resolution: 'r' }),
        }
        world.person({ type: 'ticket.resolve', body, by: { id: 'bo', role: 'operator' } })
        return
      }
      case 'agent.pause':
      case 'agent.resume':
      case 'agent.stop':
      case 'agent.reinstate':
        world.intervene(one.do)
        return
      case 'order':
      case 'order-unseen': {
        world.placed(one.effect, `order-${this.#orders++}`)
        if (one.do === 'order') world.do({ type: 'orders.apply' })
        return
      }
      case 'lift': {
        const order = world.orders.at(one.n % (world.orders.length || 1))
        if (order) world.lift(order.id)
        return
      }
      case 'complete':
        world.complete()
        return
      case 'inject':
        world.person({ type: 'agent.inject', text: 't', by: { id: 'ana', role: 'operator' } })
        return
      case 'release':
        world.do({ type: 'lease.release', identity: { labels: {} }, body: { epoch: this.#epoch(false) } })
        return
      case 'reclaim': {
        const item = this.#item(0)
        if (item) world.do({ type: 'action.reclaim', id: item.id })
        return
      }
      case 'wait': {
        world.at += one.ms
        if (!one.late) this.#fireDeadlines()
        return
      }
    }
  }

  /** AG6: what comes with an older epoch changes nothing, standing orders that were due anyway excepted. */
  #unchangedIfStale(old: boolean, act: () => unknown): void {
    const { world } = this
    if (!old) {
      act()
      return
    }
    world.do({ type: 'orders.apply' })
    const before = world.doc
    act()
    expect(world.doc).toBe(before)
  }

  #fireDeadlines(): void {
    const { world } = this
    for (const [name, dueAt] of [...world.deadlines]) {
      if (dueAt > world.at) continue
      const [kind, id = ''] = name.split(':')
      if (kind === 'expire') world.do({ type: 'approval.expire', id })
      if (kind === 'lapse') world.do({ type: 'approval.lapse', id })
      if (kind === 'ticket') world.do({ type: 'ticket.expire', id })
      if (kind === 'halt') world.do({ type: 'control.enforce' })
      if (kind === 'page') world.do({ type: 'page.advance', id })
      if (kind === 'send') {
        const outcome = (['delivered', 'retry', 'failed'] as const)[((world.at / SECOND) % 3) | 0] ?? 'retry'
        world.do({ type: 'outbox.settle', id, tried: true, attempts: [{ channel: 'hook', outcome }] })
      }
      // PR5: a deadline that has been decided on is gone, or nothing was due.
      if (world.doc && kind !== 'halt') expect(world.deadlines.get(name)).not.toBe(dueAt)
    }
  }
}

/** What became of bytes that were begun, in the order in which they were. */
interface Begun {
  readonly digest: string
  readonly epoch: string | undefined
  ended?: { readonly outcome: string | undefined; readonly at: number }
}

/** AP9: what may have run already is not begun again unless a person released that very request, but for what only reads. */
function checkRepeats(
  begun: Map<string, Begun>,
  doc: AgentDocument | undefined,
  events: readonly Fact[],
  at: number,
): void {
  for (const event of events) {
    const { approval: view, ticket } = event.data as { approval?: ApprovalView; ticket?: TicketView }
    // a person has found out how it ended
    if (event.type === 'ticket.resolved' && ticket?.reason === 'unknown_outcome')
      for (const id of ticket.approvals ?? [ticket.approval ?? '']) {
        const found = begun.get(id)
        if (found) found.ended = { outcome: 'found out', at }
      }
    if (!view || view.level === 'none') continue
    const known = begun.get(view.id)
    if (known && event.type === 'action.reported') {
      const byPerson = event.by !== 'system' && event.by !== view.agent
      known.ended = { outcome: byPerson ? 'found out' : view.outcome, at }
    }
    if (known || !view.stages.begun) continue
    const before = [...begun.values()].filter(({ digest }) => digest === view.digest).at(-1)
    const epoch = doc?.approvals.find(({ id }) => id === view.id)?.begun?.epoch
    const isOpen = before && (before.ended ? isUnknown(before.ended, at) : before.epoch !== epoch)
    if (isOpen) expect([view.status, view.standing]).toEqual(['approved', undefined])
    begun.set(view.id, { digest: view.digest, epoch })
  }
}

const isUnknown = ({ outcome, at: since }: NonNullable<Begun['ended']>, at: number): boolean =>
  outcome === 'unknown' && at < since + DAY

/** What is true of a document at any time. */
function checkDocument(doc: AgentDocument | undefined): void {
  if (!doc) return
  const { state, context } = doc.machine
  const blockers =
    doc.approvals.filter((item) => item.blocking && item.status === 'pending').length +
    doc.tickets.filter((ticket) => ticket.blocking).length
  expect(context.blocking).toBe(state === 'stopped' ? 0 : blockers)
  if (state === 'running') expect(blockers).toBe(0)
  if (state === 'awaiting_input') expect(blockers).toBeGreaterThan(0)
  if (context.locked) expect(state).toBe('stopped')
  expect(doc.run === undefined).toBe(state === 'stopped')
  expect(doc.autonomy.trust).toBeGreaterThanOrEqual(0)
  expect(doc.autonomy.trust).toBeLessThanOrEqual(1)
  // AP14: the agent's own items under one cap, what the server opened about it under another.
  const bySystem = doc.tickets.filter(({ opened }) => opened.by === 'system').length
  const own = doc.approvals.filter(({ begun }) => !begun).length + doc.tickets.length - bySystem
  expect(own).toBeLessThanOrEqual(hasty.caps.openItems)
  for (const { reason } of doc.tickets)
    expect(
      doc.tickets.filter((one) => one.opened.by === 'system' && one.reason === reason).length,
    ).toBeLessThanOrEqual(hasty.caps.unreported)
  expect(doc.instructions.length).toBeLessThanOrEqual(3)
  // AG7: nothing runs on under an order that the document knows of.
  if (doc.heldBy.length > 0) expect(['paused', 'stopped']).toContain(state)
}

/** PO4: what counts as used is what was begun, and what may still be: nothing else, whatever it went through. */
function checkBudgets(doc: AgentDocument | undefined, asked: readonly Approval[]): void {
  if (!doc) return
  const takes = asked.filter((item) => item.begun || doc.approvals.some(({ id }) => id === item.id))
  for (const resource of ['apiCalls', 'files'] as const)
    expect(doc.budgets.reduce((total, part) => total + part.used[resource], 0)).toBe(
      takes.reduce((total, item) => total + (item.reserved?.[resource] ?? 0), 0),
    )
}

const settledTypes = [
  'approval.approved',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.auto_approved',
]

/** ES2: whatever pages or waits to be said has a deadline that takes care of it, and nothing else has one. */
function checkPaging({ doc, deadlines }: World): void {
  const items = [...(doc?.tickets ?? []), ...(doc?.approvals ?? [])]
  const paging = items.filter(({ page }) => page?.status === 'paging')
  for (const { status } of paging) expect(['open', 'pending']).toContain(status)
  const wanted = [
    ...paging.map(({ id, page }) => [`page:${id}`, page?.nextAt]),
    ...(doc?.outbox ?? []).map(({ id, dueAt }) => [`send:${id}`, dueAt]),
  ]
  const set = [...deadlines].filter(([name]) => name.startsWith('page:') || name.startsWith('send:'))
  expect(Object.fromEntries(set)).toEqual(Object.fromEntries(wanted))
  const unacknowledged = items.filter(({ status }) => status === 'open' || status === 'pending')
  for (const { about, says } of doc?.outbox ?? [])
    if (says === 'page') expect(unacknowledged.map(({ id }) => id)).toContain(about.id)
}

/** What is true of every commit, given the document before it. */
function checkStep(before: AgentDocument | undefined, events: readonly Fact[], at: number): void {
  const pushes = events.flatMap((event) => (event.push ? [event.push.seq] : []))
  pushes.forEach((seq, n) => {
    expect(seq).toBe((before?.seq ?? 0) + n + 1)
  })
  for (const event of events) {
    const { approval } = event.data as { approval?: { id: string; status: string } }
    if (!approval) continue
    const was = before?.approvals.find((item) => item.id === approval.id)
    if (event.type === 'approval.approved') {
      expect(was?.status).toBe('pending')
      expect(at).toBeLessThan(was?.expiresAt ?? 0)
    }
    if (event.type === 'action.begun') {
      expect(['approved', 'auto_approved']).toContain(was?.status)
      expect(was?.begun).toBeUndefined()
      expect(at).toBeLessThan(was?.useBy ?? 0)
      expect(['running', 'awaiting_input']).toContain(before?.machine.state)
      expect(before?.heldBy).toEqual([])
    }
  }
}

/** AP5, AP6: nothing is released by fewer distinct, entitled persons than policy asks for, nor by its owner. */
function checkReleases(events: readonly Fact[], standing: PeopleFacts['signers']): void {
  for (const { type, data } of events) {
    const { approval } = data as { approval?: ApprovalView }
    if (!approval || (type !== 'approval.approved' && type !== 'approval.signed')) continue
    const by = (approval.signatures ?? []).map((one) => one.by)
    const needed = approval.needs?.approvals ?? 1
    expect(new Set(by).size).toBe(by.length)
    if (type === 'approval.signed') expect(by.length).toBeLessThan(needed)
    else expect(by.length).toBe(needed)
    expect(by).not.toContain('olga')
    for (const person of by) {
      expect(standing[person ?? '']?.void).not.toBe(true)
      // all that waits takes more than an operator, api_call apart
      if (approval.level !== 'review') expect(standing[person ?? '']?.role).not.toBe('operator')
    }
  }
}

/** Else its canonical text is put together field by field at each commit, which nobody would see. */
function isInOrder(view: unknown): boolean {
  if (typeof view !== 'object' || view === null) return true
  const keys = Object.keys(view)
  return (
    (Array.isArray(view) || keys.every((key, at) => at === 0 || key > (keys[at - 1] ?? ''))) &&
    Object.values(view).every(isInOrder)
  )
}

/** What is true of a whole history: one terminal status, one begin, one outcome per item. */
function checkHistory(log: readonly Fact[]): void {
  const counts = new Map<string, number>()
  for (const event of log) {
    for (const view of [event.data.approval, event.data.ticket, event.data.agent, event.data.autonomy])
      if (!isInOrder(view)) expect.fail(`a view is out of order: ${JSON.stringify(view)}`)
    const { approval } = event.data as { approval?: { id: string; stages: { begun?: object } } }
    if (!approval) continue
    const count = (what: string) => {
      const name = `${approval.id} ${what}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    if (settledTypes.includes(event.type)) count('settled')
    if (event.type === 'action.begun' || (event.type === 'approval.auto_approved' && approval.stages.begun))
      count('begun')
    if (event.type === 'action.reported') count('reported')
  }
  for (const [name, times] of counts) expect(`${name} × ${times}`).toBe(`${name} × 1`)
}

describe('whatever happens in whatever order', () => {
  it('[AP2] [AP3] [AP5] [AP6] [AP9] [AG6] [AG7] [AU] [PO4] [ES2] the invariants hold', {
    timeout: 300_000,
  }, () => {
    const reached = new Map<string, number>()
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
        const story = new Story()
        story.take({ do: 'start', takeover: false, instance: 0 })
        for (const one of steps) story.take(one)
        checkHistory(story.world.log)
        for (const type of story.world.types()) reached.set(type, (reached.get(type) ?? 0) + 1)
      }),
      { numRuns: 1_500 },
    )
    // A walk that never gets anywhere would prove nothing.
    for (const type of [
      'approval.approved',
      'approval.signed',
      'approval.objected',
      'approval.expired',
      'approval.lapsed',
      'action.begun',
      'action.reported',
      'approval.held',
      'agent.stopped',
      'agent.reinstated',
      'run.superseded',
      'question.expired',
      'control.enforced',
      'agent.unheld',
    ])
      expect(reached.get(type) ?? 0, type).toBeGreaterThan(20)
  })
})
