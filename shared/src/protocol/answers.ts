import type { AgentState } from '../agent-machine.ts'
import type { Digest } from '../canonical.ts'
import type { Epoch } from '../epoch.ts'
import type { ErrorCode, Refusal } from '../errors.ts'
import type { BudgetState } from '../policy/inquiry.ts'
import type { Policy } from '../policy/schema.ts'
import type { ApprovalLevel, Resource } from '../policy/words.ts'
import type { PersonRole } from '../roles.ts'
import type { Push } from './agent-pushes.ts'
import type { AgentRequestName } from './agent-requests.ts'
import type { ChannelAttempt, OnCallView } from './on-call-views.ts'
import type { OperatorRequestName } from './operator-requests.ts'
import type { FactorView, PersonView, SessionView } from './person-views.ts'
import type {
  AgentView,
  ApprovalDetail,
  ApprovalView,
  AutonomyView,
  ChannelStanding,
  EventView,
  InstructionView,
  LoggedEvent,
  LogPlace,
  OrderView,
  OverrideView,
  Snapshot,
  StandingGrantView,
  StoredText,
  TargetResult,
  TicketView,
} from './views.ts'

/** What every ack to an agent carries: any exchange renews the lease and shows a gap. */
export interface AgentEnvelope {
  readonly state: AgentState
  readonly seq: number
  /** How long from the *sending* of the request the agent may act; 0 when it may not (AG4). */
  readonly ttlMs: number
  /** The first answer to this key, given again (AP7). */
  readonly replayed?: boolean
}

/** The wire form of an answer. */
export type Ack<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: Refusal }

/** Where a run stands, for the process that holds it: at its start, and after each reconnect. */
export interface RunAnswer {
  readonly agent: AgentView
  readonly run: { readonly id: string; readonly epoch: Epoch }
  readonly open: readonly (ApprovalView | TicketView)[]
  readonly instructions: readonly InstructionView[]
  /** The length of a fresh lease, as granted. */
  readonly leaseMs: number
}

export interface RequestAnswer {
  /** `refused` is an answer for the model, with a reason; what the caller did wrong is an error. */
  readonly verdict: 'go' | 'wait' | 'refused'
  readonly action: { readonly id: string; readonly digest: Digest; readonly canonical: string }
  readonly level: ApprovalLevel
  readonly rules: readonly string[]
  readonly policyVersion: string
  readonly approval?: ApprovalView | undefined
  readonly code?: ErrorCode | undefined
  readonly reason?: string | undefined
}

type Nothing = Record<never, never>

/** What each agent request is answered with, beside the envelope. */
export interface AgentAnswers extends Record<AgentRequestName, object> {
  'run.start': RunAnswer
  'run.resume': RunAnswer & { readonly missed: readonly Push[] }
  /** `gap`: more was missed than is kept at hand; ask with `run.resume`. */
  'lease.renew': { readonly missed: readonly Push[] }
  'lease.release': Nothing
  'action.request': RequestAnswer
  'action.begin': { readonly canonical: string }
  'action.report': { readonly trust: number; readonly autonomy: AutonomyView }
  'approval.get': { readonly approval: ApprovalDetail }
  'approval.cancel': { readonly approval: ApprovalView }
  'question.ask': { readonly ticket: TicketView }
  'escalation.raise': { readonly raised: boolean; readonly ticket?: TicketView | undefined }
  'ticket.get': { readonly ticket: TicketView }
  'instruction.ack': Nothing
  'control.ack': Nothing
  'run.complete': Nothing
  'auth.refresh': Nothing
}

interface Decided {
  readonly approval: ApprovalView
  /** What the caller caused: not sent to it again in the feed. */
  readonly events: readonly EventView[]
}
interface Intervened {
  /** A thousand at most, who refused first where there are more. */
  readonly results: readonly TargetResult[]
  /** Agents that had not answered when this answer had to go. Asked again with the same key, it says what came of them. */
  readonly remaining?: number | undefined
  /** Agents that answered and found no room in `results`: they did it, unless all of those refused. */
  readonly unlisted?: number | undefined
  readonly order?: OrderView | undefined
  readonly events: readonly EventView[]
}
interface Trusted {
  readonly autonomy: AutonomyView
  readonly events: readonly EventView[]
}
interface Personal {
  readonly person: PersonView
  readonly events: readonly EventView[]
}
interface PolicyAnswer {
  /** The active one, defaults and all (PO6). */
  readonly policy: Policy
  readonly digest: Digest
  /** Undefined where nobody activated one yet: the built-in policy holds. */
  readonly activated?: { readonly at: string; readonly by: string; readonly reason: string } | undefined
  /** The candidate that judges beside it, where there is one. */
  readonly shadow?:
    | {
        readonly version: string
        readonly digest: Digest
        readonly at: string
        readonly by: string
        readonly reason: string
      }
    | undefined
}
interface Factored {
  readonly factor: FactorView
  readonly events: readonly EventView[]
}
interface Standing {
  readonly standing: StandingGrantView
  readonly events: readonly EventView[]
}
interface Page {
  readonly nextCursor?: string | undefined
}

/** What each console request is answered with. */
export interface OperatorAnswers extends Record<OperatorRequestName, object> {
  sync: {
    readonly snapshot?: Snapshot | undefined
    readonly events: readonly EventView[]
    readonly cursor: string
    readonly more: boolean
    readonly storeEpoch: number
    readonly partition: string
    /** The last seq that snapshot and events cover. */
    readonly seq: number
  }
  'agents.list': Page & {
    readonly agents: readonly AgentView[]
    readonly counts: Readonly<Record<AgentState, number>>
    /** How many of `counts.stopped` have no run, and were stopped by nobody (AG2). */
    readonly noRun: number
    readonly unreadable?: readonly string[] | undefined
  }
  'agents.watch': {
    readonly agents: readonly AgentView[]
    /** Watched too, but their views did not fit in this message: read them with `agent.get`. */
    readonly unread?: readonly string[] | undefined
    readonly unreadable?: readonly string[] | undefined
  }
  'agent.get': {
    readonly agent: AgentView
    readonly instructions: readonly InstructionView[]
    /** PO4: what was used of each in the window, and the limit with what releases have added. */
    readonly budgets: Readonly<Record<Resource, BudgetState>>
  }
  'approval.get': { readonly approval: ApprovalDetail }
  'approval.list': Page & { readonly approvals: readonly ApprovalView[] }
  'approval.approve': Decided
  'approval.deny': Decided
  'approval.respond': Decided
  seen: Nothing
  looking: Nothing
  'agent.pause': Intervened
  'agent.resume': Intervened
  'agent.stop': Intervened
  'agent.reinstate': Intervened
  'agent.inject': Intervened
  'override.revoke': Decided
  'override.grant': Decided
  'trust.pin': Trusted
  'trust.cap': Trusted
  'trust.reset': Trusted
  'trust.confirm': Trusted
  'standing.issue': Standing
  'standing.revoke': Standing
  'standing.list': {
    readonly standing: readonly StandingGrantView[]
    readonly unreadable?: readonly string[] | undefined
    readonly nextCursor?: string | undefined
  }
  'order.list': { readonly orders: readonly OrderView[] }
  'order.lift': { readonly orders: readonly OrderView[]; readonly events: readonly EventView[] }
  'ticket.get': { readonly ticket: TicketView }
  'ticket.list': Page & { readonly tickets: readonly TicketView[] }
  'ticket.acknowledge': { readonly ticket: TicketView; readonly events: readonly EventView[] }
  'ticket.assign': { readonly ticket: TicketView; readonly events: readonly EventView[] }
  'ticket.resolve': { readonly ticket: TicketView; readonly events: readonly EventView[] }
  'history.list': Page & { readonly events: readonly EventView[] }
  /** `events` follow on `after`, each on the one before; `texts` are those that they name first. */
  'log.read': {
    readonly log: string
    readonly after: LogPlace
    readonly head: LogPlace
    readonly events: readonly LoggedEvent[]
    readonly texts: readonly StoredText[]
  }
  'refusal.get': { readonly event: EventView; readonly canonical: string }
  'oncall.get': { readonly schedules: readonly OnCallView[] }
  'oncall.override': { readonly override: OverrideView; readonly events: readonly EventView[] }
  'oncall.cancel': { readonly override: OverrideView; readonly events: readonly EventView[] }
  'channel.list': { readonly channels: readonly ChannelStanding[] }
  'channel.test': { readonly attempts: readonly ChannelAttempt[] }
  'people.list': Page & { readonly people: readonly PersonView[] }
  'person.get': { readonly person: PersonView }
  /** `role` is the one that counts: the token's or the record's, whichever is less. */
  'person.me': {
    readonly id: string
    readonly role: PersonRole
    readonly person?: PersonView | undefined
  }
  'person.add': Personal
  'person.change': Personal
  'person.disable': Personal
  'person.enable': Personal
  /** `link` is told once. */
  'person.link': {
    readonly link: string
    readonly expiresAt: string
    readonly events: readonly EventView[]
  }
  'person.password': { readonly events: readonly EventView[] }
  'password.set': { readonly events: readonly EventView[] }
  'session.list': { readonly sessions: readonly SessionView[] }
  'session.end': { readonly ended: readonly string[]; readonly events: readonly EventView[] }
  'policy.get': PolicyAnswer
  'policy.activate': PolicyAnswer & { readonly events: readonly EventView[] }
  'policy.shadow': PolicyAnswer & { readonly events: readonly EventView[] }
  /** Told once, and again under the same key until it is confirmed. */
  'factor.enroll': {
    readonly otpauth: string
    readonly recovery: readonly string[]
    readonly events: readonly EventView[]
  }
  'factor.confirm': Factored
  'factor.remove': Factored
  'factor.reset': Factored
  'token.revoke': { readonly events: readonly EventView[] }
  'auth.refresh': Nothing
}
