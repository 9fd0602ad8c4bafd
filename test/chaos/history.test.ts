/** Histories made by hand, one mistake each: what the checker must say of them, and that it says nothing else. */
import type { AgentView, ApprovalView, EventView, Role, TicketView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { checkHistory } from './check-history.ts'
import {
  askedDigest,
  type Body,
  type Observation,
  type ReadBack,
  type Timing,
  type WireAnswer,
} from './history.ts'

const iso = (at: number): string => new Date(at).toISOString()

const ROLES = new Map<string, Role>([
  ['ana', 'admin'],
  ['bo', 'approver'],
  ['cy', 'operator'],
  ['vi', 'viewer'],
])
const ARGS = { path: 'a' }
const DIGEST = askedDigest({ action: 'api_call', args: ARGS }) ?? ''
const ID = 'approval-1'

/** One approval's good life: asked at 100, released at 200, begun at 300, acted on at 310, reported at 400. */
const approval = (over: Partial<ApprovalView> = {}): ApprovalView =>
  ({
    id: ID,
    agent: 'a',
    digest: DIGEST,
    status: 'approved',
    decidedBy: 'ana',
    expiresAt: iso(1_000),
    useBy: iso(2_000),
    ...over,
    stages: {
      queued: { at: iso(100), by: 'a' },
      decided: { at: iso(200), by: 'ana' },
      begun: { at: iso(300), by: 'a' },
      reported: { at: iso(400), by: 'a' },
      ...over.stages,
    },
  }) as ApprovalView

const pending = (): ApprovalView =>
  ({
    ...approval(),
    status: 'pending',
    useBy: undefined,
    stages: { queued: { at: iso(100) } },
  }) as ApprovalView

const ticket = (over: Partial<TicketView> = {}): TicketView =>
  ({
    id: 'ticket-1',
    agent: 'a',
    kind: 'question',
    status: 'open',
    expiresAt: iso(5_000),
    ...over,
  }) as TicketView

const event = (seq: number, at: number, type: string, data: object, agent = 'a'): EventView => ({
  seq,
  at: iso(at),
  type,
  agent,
  by: 'somebody',
  data: data as EventView['data'],
})

let exchanges = 0

/** A request and, unless it was lost, its answer 5 ms later. */
function exchange(
  at: number,
  principal: string,
  name: string,
  body: Body,
  answer?: WireAnswer,
): readonly Observation[] {
  const id = `x${++exchanges}`
  const sent: Observation = { kind: 'sent', at, principal, exchange: id, name, body }
  return answer ? [sent, { kind: 'answered', at: at + 5, exchange: id, answer }] : [sent]
}

const yes = (value: Body = {}): WireAnswer => ({ ok: true, ...value })

const asked = (at = 95, id = ID, key = 'ask-1') =>
  exchange(
    at,
    'a',
    'action.request',
    { key, epoch: '1.1', action: 'api_call', args: ARGS },
    yes({ verdict: 'wait', action: { id, digest: DIGEST } }),
  )

const approvedBy = (principal: string, at: number, key: string, view: ApprovalView = approval()) =>
  exchange(at, principal, 'approval.approve', { key, id: ID }, yes({ approval: view }))

const started = (at: number, epoch: string, instance: string) =>
  exchange(at, 'a', 'run.start', { key: `start-${instance}`, instance }, yes({ run: { id: 'run-1', epoch } }))

const act = (at: number, over: object = {}): Observation => ({
  kind: 'act',
  at,
  agent: 'a',
  epoch: '1.1',
  id: ID,
  digest: DIGEST,
  ...over,
})

const goodLog = (): EventView[] => [
  event(1, 10, 'agent.started', {}),
  event(2, 100, 'approval.requested', { approval: pending() }),
  event(3, 200, 'approval.approved', { approval: approval() }),
  event(4, 300, 'action.begun', { approval: approval() }),
  event(5, 400, 'action.reported', { approval: approval() }),
]

const goodObservations = (): Observation[] => [
  ...started(5, '1.1', 'first'),
  ...asked(),
  ...approvedBy('ana', 195, 'yes-1'),
  ...exchange(295, 'a', 'action.begin', { key: 'begin-1', epoch: '1.1', id: ID }, yes()),
  act(310),
  ...exchange(395, 'a', 'action.report', { key: 'rep-1', epoch: '1.1', id: ID, outcome: 'success' }, yes()),
]

interface Given {
  readonly observations?: readonly Observation[]
  readonly events?: readonly EventView[]
  readonly approvals?: readonly ApprovalView[]
  readonly tickets?: readonly TicketView[]
  readonly successes?: number
  readonly timing?: Timing
}

function check(given: Given = {}): readonly string[] {
  const {
    observations = goodObservations(),
    events = goodLog(),
    approvals = [approval()],
    tickets = [],
  } = given
  const agent = { id: 'a', autonomy: { successes: given.successes ?? 1 } } as AgentView
  const readBack: ReadBack = {
    events,
    approvals: new Map(approvals.map((view) => [view.id, view])),
    tickets: new Map(tickets.map((view) => [view.id, view])),
    agents: new Map([['a', agent]]),
  }
  return checkHistory({ observations, readBack, leaseMs: 1_000, roles: ROLES, timing: given.timing })
}

const one = (pattern: RegExp) => [expect.stringMatching(pattern)]

it('has nothing to say of a history in which every promise was kept', () => {
  expect(check()).toEqual([])
})

it('[PR1] finds an acknowledged request that is gone', () => {
  const id = 'approval-2'
  const args = { path: 'b' }
  const request = exchange(
    500,
    'a',
    'action.request',
    { key: 'ask-2', epoch: '1.1', action: 'api_call', args },
    yes({ verdict: 'wait', action: { id } }),
  )
  expect(check({ observations: [...goodObservations(), ...request] })).toEqual(one(/^Lost: .*ask-2.*unknown/))
})

it('[AP9] finds a request that is kept with other bytes', () => {
  const other = { ...approval(), askedDigest: 'sha256:other' } as ApprovalView
  expect(check({ approvals: [other] })).toEqual(one(/^Lost: .*other bytes/))
})

it('[PR1] finds an acknowledged decision that stands otherwise', () => {
  const expired = approval({ status: 'expired', decidedBy: 'system' })
  expect(check({ approvals: [expired] })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Lost: ana .*approval.approve.*it stands at .*expired/)]),
  )
})

it('[PR1] finds an acknowledged intervention that nobody recorded', () => {
  const paused = exchange(
    500,
    'ana',
    'agent.pause',
    { key: 'p', reason: 'mark-p', target: { agent: 'a' } },
    yes({ results: [{ agent: 'a', ok: true }] }),
  )
  expect(check({ observations: [...goodObservations(), ...paused] })).toEqual(one(/^Lost: .*agent.pause/))
})

it('[PR1] finds an acknowledged order that nobody recorded', () => {
  const placed = exchange(
    500,
    'ana',
    'agent.stop',
    { key: 'o', reason: 'mark-o', target: { all: true } },
    yes({ results: [], order: { id: 'order-1' } }),
  )
  expect(check({ observations: [...goodObservations(), ...placed] })).toEqual(one(/^Lost: .*its order/))
})

it('[IN2] finds an instruction that was acknowledged and is gone, and one that nobody ever answered', () => {
  const injected = exchange(
    500,
    'ana',
    'agent.inject',
    { key: 'i', text: 'mark-i', target: { agent: 'a' } },
    yes({ results: [{ agent: 'a', ok: true }] }),
  )
  const queued = event(6, 500, 'instruction.queued', { instruction: { id: 'i-1', text: 'mark-i' } })
  expect(check({ observations: [...goodObservations(), ...injected] })).toEqual(one(/^Lost: .*agent.inject/))
  expect(
    check({ observations: [...goodObservations(), ...injected], events: [...goodLog(), queued] }),
  ).toEqual(one(/^Lost: instruction i-1 .*no answer/))
})

it('[ES5] finds an acknowledged question and an acknowledged answer that are gone', () => {
  const question = exchange(
    500,
    'a',
    'question.ask',
    { key: 'q', epoch: '1.1', question: 'mark-q' },
    yes({ ticket: ticket() }),
  )
  const answered = exchange(
    600,
    'ana',
    'ticket.resolve',
    { key: 'r', id: 'ticket-1', answer: 'yes' },
    yes({ ticket: ticket({ status: 'resolved', answer: 'yes' }) }),
  )
  expect(check({ observations: [...goodObservations(), ...question] })).toEqual(one(/^Lost: .*question.ask/))
  expect(check({ observations: [...goodObservations(), ...answered], tickets: [ticket()] })).toEqual(
    one(/^Lost: .*ticket.resolve/),
  )
})

it('[AP7] finds two ids that were given for one key', () => {
  const again = asked(500, 'approval-2')
  const events = [
    ...goodLog(),
    event(6, 500, 'approval.requested', { approval: approval({ id: 'approval-2' }) }),
  ]
  const found = check({
    observations: [...goodObservations(), ...again],
    events,
    approvals: [approval(), approval({ id: 'approval-2' })],
  })
  expect(found).toEqual([
    expect.stringMatching(/^Twice: a sent action.request under one key \(ask-1\)/),
    expect.stringMatching(/^Twice: one key \(ask-1\) .* led to 2 approvals/),
  ])
})

it('[AP7] finds a second effect of one key, though its sender only heard of one', () => {
  const events = [
    ...goodLog(),
    event(6, 500, 'instruction.queued', { instruction: { id: 'i-1', text: 'mark-i' } }),
    event(7, 501, 'instruction.queued', { instruction: { id: 'i-2', text: 'mark-i' } }),
    event(8, 502, 'instruction.applied', { instruction: { id: 'i-1', text: 'mark-i' } }),
    event(9, 503, 'instruction.applied', { instruction: { id: 'i-2', text: 'mark-i' } }),
  ]
  const injected = exchange(500, 'ana', 'agent.inject', { key: 'i', text: 'mark-i', target: { agent: 'a' } })
  expect(check({ observations: [...goodObservations(), ...injected], events })).toEqual(
    one(/^Twice: agent.inject of ana .* shows as 2 instruction.queued/),
  )
})

it('[AP2] finds two decisions on one item, in the log and in what persons were told', () => {
  const denied = exchange(
    205,
    'bo',
    'approval.deny',
    { key: 'no-1', id: ID },
    yes({ approval: approval({ status: 'denied', decidedBy: 'bo' }) }),
  )
  const events = goodLog().map((each) =>
    each.seq === 5 ? event(5, 400, 'approval.denied', each.data) : each,
  )
  expect(check({ observations: [...goodObservations(), ...denied] })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Twice: approval-1 was decided for ana .* and bo/)]),
  )
  expect(check({ events })).toEqual(one(/^Twice: the log holds more than one decision of approval-1/))
})

it('[AP9] finds what was begun twice, and what was acted on twice', () => {
  const events = [...goodLog(), event(6, 500, 'action.begun', { approval: approval() })]
  expect(check({ events })).toEqual(one(/^Twice: .* begin of approval-1/))
  expect(check({ observations: [...goodObservations(), act(500)] })).toEqual(one(/^Acted twice: approval-1/))
})

it('[AU3] finds an outcome that counted twice, and one that did not count', () => {
  expect(check({ successes: 2 })).toEqual(one(/^Twice: a has 2 successes/))
  expect(check({ successes: 0 })).toEqual(one(/^Twice: a has 0 successes/))
})

it('[AP9] finds an act without a release, before its begin, or on other bytes', () => {
  const stages = { queued: { at: iso(100) } } as ApprovalView['stages']
  const acted = [...started(5, '1.1', 'first'), act(310)]
  const seen = (view: ApprovalView | undefined, observations: readonly Observation[] = acted) =>
    check({ observations, approvals: view ? [view] : [], successes: 0 })
  expect(seen(undefined)).toEqual(one(/^Unreleased: .*nobody knows/))
  expect(seen(approval({ status: 'denied' }))).toEqual(one(/^Unreleased: .*it was denied/))
  expect(seen({ ...approval(), stages: { ...stages, decided: { at: iso(200) } } })).toEqual(
    one(/^Unreleased: .*never begun/),
  )
  expect(seen(approval(), [act(250)])).toEqual(one(/^Unreleased: .*came later/))
  expect(seen(approval(), [act(310, { digest: 'sha256:other' })])).toEqual(one(/^Unreleased: .*bytes/))
})

it('[AP9] finds what was begun without a release or before it, also where nobody acted on it', () => {
  const seen = (view: ApprovalView, events = goodLog()) =>
    check({ observations: [], events, approvals: [view], successes: 0 })
  expect(seen(approval())).toEqual([])
  expect(seen({ ...approval(), status: 'pending' })).toEqual(
    one(/^Unreleased: a was let begin .*it was pending/),
  )
  const [first, second, released, begun] = goodLog() as [EventView, EventView, EventView, EventView]
  const swapped = [first, second, { ...begun, seq: 3 }, { ...released, seq: 4 }]
  expect(seen(approval(), swapped)).toEqual(one(/^Unreleased: a was let begin .*before its release/))
})

it('[AP3] [AP9] finds an act on what was released after its expiry, or begun after its use-by, by the server’s times', () => {
  expect(check({ approvals: [approval({ expiresAt: iso(150) })] })).toEqual(
    one(/^Unreleased: .*after its expiry/),
  )
  expect(check({ approvals: [approval({ useBy: iso(250) })] })).toEqual(
    one(/^Unreleased: .*no longer be used/),
  )
})

it('[AP3] finds a release that was only sent when its time was up, whatever the server wrote down', () => {
  const late = approvedBy('ana', 1_500, 'yes-late')
  expect(check({ observations: [...asked(), ...late], successes: 0 })).toEqual(one(/^Expired: .*yes-late/))
})

it('[AP9] finds a begin that was only sent when the release could not be used any more', () => {
  const late = exchange(2_500, 'a', 'action.begin', { key: 'begin-late', epoch: '1.1', id: ID }, yes())
  expect(check({ observations: [...asked(), ...late], successes: 0 })).toEqual(one(/^Expired: .*begin-late/))
})

it('[ID1] finds a release by somebody who may not release it, in what they were told and in what stands', () => {
  const level = 'required' as const
  const told = [...asked(), ...approvedBy('cy', 195, 'yes-cy')]
  const by = (decidedBy: string) => approval({ level, decidedBy })
  const found = (observations: readonly Observation[], view: ApprovalView) =>
    check({ observations, approvals: [view], successes: 0 }).filter((one) => one.startsWith('Person: '))
  expect(found(told, by('ana'))).toEqual(one(/^Person: cy \(operator\) .*approval.approve/))
  expect(found(asked(), by('cy'))).toEqual(one(/^Person: approval-1 \(required\) .*cy \(operator\)/))
  expect(found(asked(), by('bo'))).toEqual([])
  expect(found(told, approval({ level: 'review', decidedBy: 'cy' }))).toEqual([])
  const resolved = exchange(
    600,
    'vi',
    'ticket.resolve',
    { key: 'r', id: 'ticket-1' },
    yes({ ticket: ticket() }),
  )
  expect(found([...asked(), ...resolved], by('ana'))).toEqual(one(/^Person: vi \(viewer\) .*ticket.resolve/))
})

it('[AG4] finds an act that began after a stop must have bound, and lets one within the bound be', () => {
  const paused = event(6, 500, 'agent.paused', { reason: 'r' })
  const known: Observation = {
    kind: 'feed.read',
    at: 510,
    observer: 'w',
    connection: 1,
    storeEpoch: 1,
    partition: 'p',
    events: [...goodLog(), paused],
  }
  const withAct = (at: number) =>
    check({
      observations: [...goodObservations().filter(({ kind }) => kind !== 'act'), known, act(at)],
      events: [...goodLog(), paused],
    })
  expect(withAct(1_500)).toEqual([])
  expect(withAct(1_600)).toEqual(one(/^Held: .*1090 ms after agent.paused/))
})

it('[PR2] finds an answer that came too late, whatever it said, and does not count what its node was frozen for', () => {
  const slow: readonly Observation[] = [
    { kind: 'sent', at: 500, principal: 'a', exchange: 'slow', name: 'lease.renew', body: { epoch: '1.1' } },
    {
      kind: 'answered',
      at: 2_600,
      exchange: 'slow',
      answer: { ok: false, error: { code: 'unavailable', message: '', retryable: true } },
    },
  ]
  const found = (frozen: Timing['frozen']) =>
    check({
      observations: [...goodObservations(), ...slow],
      timing: { answeredWithinMs: 2_000, frozen },
    })
  expect(found([])).toEqual(one(/^Late: a sent lease.renew .*unavailable after 2100 ms/))
  expect(found([{ from: 0, to: 550 }])).toEqual(one(/^Late: .*after 2050 ms/))
  expect(found([{ from: 2_000, to: 3_000 }])).toEqual([])
})

it('[AG6] finds an epoch handed out twice, and one older than what another process had', () => {
  const twice = [...goodObservations(), ...started(500, '1.1', 'second')]
  const older = [...goodObservations(), ...started(500, '1.0', 'second')]
  expect(check({ observations: twice })).toEqual(one(/^Epoch: a was handed 1.1/))
  expect(check({ observations: older })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Epoch: a was handed 1.0/)]),
  )
})

it('[AG6] finds an old epoch that was heard after a newer one had been handed out', () => {
  const renewed = exchange(600, 'a', 'lease.renew', { epoch: '1.1', after: 0 }, yes())
  const observations = [...goodObservations(), ...started(500, '1.2', 'second'), ...renewed]
  expect(check({ observations })).toEqual(one(/^Epoch: a sent lease.renew under 1.1/))
})

const place = { observer: 'w', connection: 1, storeEpoch: 1, partition: 'p' }
const read = (at: number, events: readonly EventView[], over: object = {}): Observation => ({
  kind: 'feed.read',
  at,
  ...place,
  events,
  ...over,
})
const opened = (at: number, seq: number, over: object = {}): Observation => ({
  kind: 'feed.opened',
  at,
  ...place,
  seq,
  reset: true,
  ...over,
})

const watching = (...feed: Observation[]): readonly string[] =>
  check({ observations: [...goodObservations(), ...feed] })

it('[PR4] finds a gap in a feed, and in the log itself', () => {
  const log = goodLog()
  expect(watching(opened(1, 0), read(2, log.slice(0, 2)), read(3, log.slice(3)))).toEqual(
    one(/^Feed: w .* seq 4 .* after 2/),
  )
  expect(check({ events: log.filter(({ seq }) => seq !== 3) })).toEqual(
    one(/^Feed: the log goes from seq 2 to 4/),
  )
})

it('[PR4] finds events out of order, and lets a repetition be', () => {
  const [first, second, third] = goodLog() as [EventView, EventView, EventView]
  expect(watching(opened(1, 0), read(2, [second, first, third]))).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Feed: w .* seq 1 .* after 2/)]),
  )
  expect(watching(opened(1, 0), read(2, [first, second]), read(3, [second, third]))).toEqual([])
})

it('[PR4] finds a past that was told otherwise, and one that is gone', () => {
  const [first] = goodLog() as [EventView]
  const told = { ...first, by: 'another' }
  expect(watching(opened(1, 0), read(2, [told]))).toEqual(one(/^Feed: w was sent .*reads/))
  expect(watching(opened(1, 5), read(2, [event(6, 500, 'agent.left', {})]))).toEqual(one(/^Feed: .*is gone/))
})

it('[PR4] finds a console that was given another history, or was told that it is in sync when it is not', () => {
  const log = goodLog()
  const before = [opened(1, 0), read(2, log.slice(0, 3))]
  expect(watching(...before, opened(3, 3, { reset: false, storeEpoch: 2 }))).toEqual(one(/history was lost/))
  expect(watching(...before, opened(3, 5))).toEqual(one(/given a snapshot/))
  expect(watching(...before, opened(3, 2, { reset: false }))).toEqual(one(/told that the end is 2/))
  expect(watching(...before, opened(3, 5, { reset: false }))).toEqual(one(/in sync at seq 5/))
})
