/** A history by hand in which every promise is kept, for mistakes to be made in: what the checker must say of them, and nothing else. */
import type { AgentView, ApprovalView, EventView, Role, TicketView } from '@holdpoint/shared'
import { expect } from 'vitest'
import { checkHistory } from '../check-history.ts'
import {
  askedDigest,
  type Body,
  type Observation,
  type ReadBack,
  type Timing,
  type WireAnswer,
} from '../history.ts'

export const iso = (at: number): string => new Date(at).toISOString()

const ROLES = new Map<string, Role>([
  ['ana', 'admin'],
  ['bo', 'approver'],
  ['cy', 'operator'],
  ['vi', 'viewer'],
])
const ARGS = { path: 'a' }
const DIGEST = askedDigest({ action: 'api_call', args: ARGS }) ?? ''
export const ID = 'approval-1'

/** One approval's good life: asked at 100, released at 200, begun at 300, acted on at 310, reported at 400. */
export const approval = (over: Partial<ApprovalView> = {}): ApprovalView =>
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

export const ticket = (over: Partial<TicketView> = {}): TicketView =>
  ({
    id: 'ticket-1',
    agent: 'a',
    kind: 'question',
    status: 'open',
    expiresAt: iso(5_000),
    ...over,
  }) as TicketView

export const event = (seq: number, at: number, type: string, data: object, agent = 'a'): EventView => ({
  seq,
  at: iso(at),
  type,
  agent,
  by: 'somebody',
  data: data as EventView['data'],
})

let exchanges = 0

/** A request and, unless it was lost, its answer 5 ms later. */
export function exchange(
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

export const yes = (value: Body = {}): WireAnswer => ({ ok: true, ...value })

export const asked = (at = 95, id = ID, key = 'ask-1') =>
  exchange(
    at,
    'a',
    'action.request',
    { key, epoch: '1.1', action: 'api_call', args: ARGS },
    yes({ verdict: 'wait', action: { id, digest: DIGEST } }),
  )

export const approvedBy = (principal: string, at: number, key: string, view: ApprovalView = approval()) =>
  exchange(at, principal, 'approval.approve', { key, id: ID }, yes({ approval: view }))

export const started = (at: number, epoch: string, instance: string) =>
  exchange(at, 'a', 'run.start', { key: `start-${instance}`, instance }, yes({ run: { id: 'run-1', epoch } }))

export const act = (at: number, over: object = {}): Observation => ({
  kind: 'act',
  at,
  agent: 'a',
  epoch: '1.1',
  id: ID,
  digest: DIGEST,
  ...over,
})

export const goodLog = (): EventView[] => [
  event(1, 10, 'agent.started', {}),
  event(2, 100, 'approval.requested', { approval: pending() }),
  event(3, 200, 'approval.approved', { approval: approval() }),
  event(4, 300, 'action.begun', { approval: approval() }),
  event(5, 400, 'action.reported', { approval: approval() }),
]

export const goodObservations = (): Observation[] => [
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

export function check(given: Given = {}): readonly string[] {
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

export const one = (pattern: RegExp) => [expect.stringMatching(pattern)]
