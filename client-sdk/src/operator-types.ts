import type {
  Addresses,
  AgentView,
  ApprovalStatus,
  ApprovalView,
  BudgetState,
  EventView,
  InstructionView,
  OrderView,
  PersonView,
  Resource,
  Snapshot,
  StandingGrantView,
  Target,
  TargetResult,
  TicketStatus,
  TicketView,
} from '@holdpoint/shared'
import type { Clocks } from './clocks.ts'
import type { Logger } from './logger.ts'

export interface OperatorClientOptions {
  /** The control plane's origin, `http(s)://host:port`. */
  readonly url: string
  /** A token, or a function that is asked for a fresh one at each connection and before the last one expires. */
  readonly token: string | (() => string | Promise<string>)
  /** Default time a request may take, ms. Default 10,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly logger?: Logger
  readonly clocks?: Clocks
}

/** For a read. Errors: HoldpointError; the signal's reason; `unavailable` after `timeoutMs`. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** For becoming ready. */
export interface ReadyOptions extends CallOptions {
  /** Gives up after so long where nothing listens at the address, or what does takes no token that it is shown, ms. By default it goes on trying. */
  readonly refusedMs?: number
}

/**
 * For what changes something. Where it may have been done and no answer says: OutcomeUnknownError with the key to ask again
 * with (PR2). Whoever aborts it by its signal should have given it a key.
 */
export interface CommandOptions extends CallOptions {
  readonly key?: string
}

/** What a decision is about: exactly what was displayed. A view or a detail fits. */
export type DisplayedApproval = Pick<ApprovalView, 'id' | 'revision' | 'digest'>

export interface ApproveOptions extends CommandOptions {
  /** Edited arguments (AP4). */
  readonly args?: unknown
  readonly note?: string
  /** Six digits, where the level asks for a second factor. */
  readonly totp?: string
}

/** What is said of a person; each part whole. */
export interface PersonOptions extends CommandOptions {
  readonly displayName?: string | undefined
  readonly teams?: readonly string[] | undefined
  readonly logins?: readonly string[] | undefined
  readonly addresses?: Addresses | undefined
}

/** For an authenticator app, and to be put away. */
export interface EnrolledFactor {
  readonly otpauth: string
  readonly recovery: readonly string[]
}

export interface PeopleQuery extends Paged {
  readonly team?: string | undefined
}

export interface PeoplePage {
  readonly people: readonly PersonView[]
  readonly nextCursor?: string | undefined
}

/** An agent's id, or who else is meant (AG7). */
export type TargetInput = string | Target

export interface Intervention {
  /** A thousand at most, who refused first where there are more. */
  readonly results: readonly TargetResult[]
  /** Agents that had not answered when this answer had to go; see `leavesOpen`. */
  readonly remaining?: number | undefined
  /** Agents that answered and found no room in `results`: they did it, unless all of those refused. */
  readonly unlisted?: number | undefined
  readonly order?: OrderView | undefined
}

export interface Paged {
  readonly cursor?: string | undefined
  readonly limit?: number
}

export interface AgentFilter extends Paged {
  readonly state?: AgentView['state']
  /** Of the stopped, those with no run, whom nobody stopped: `true` only them, `false` all but them (AG2). */
  readonly noRun?: boolean
  readonly labels?: string
  readonly search?: string
}

export interface ApprovalFilter extends Paged {
  readonly agent?: string
  readonly status?: ApprovalStatus
}

export interface TicketFilter extends Paged {
  readonly agent?: string
  readonly status?: TicketStatus
}

export interface LogQuery {
  /** The number of the last fact that is known; 0 reads from what is left of the log. */
  readonly after: number
  /** At most this many facts, up to 500. */
  readonly limit?: number | undefined
  /** With the bytes that the facts name by their digests. */
  readonly texts?: boolean | undefined
}

export interface HistoryQuery extends Paged {
  readonly agent?: string
  /** `approval.approved`, or a family: `approval.*`. */
  readonly type?: string
  readonly by?: string
  /** ISO 8601. */
  readonly from?: string
  readonly to?: string
  /** Only facts with a lower `seq`. */
  readonly before?: number
}

export interface Resolution extends CommandOptions {
  readonly resolution?: string
  /** Advice for the agent (ES3). */
  readonly action?: { readonly action: string; readonly args: unknown }
}

/**
 * `live`: current up to the last frame; `silent`: connected, but the server gives no sign of life, though it was asked for one;
 * `reconnecting`: lost a moment ago; `stale`: lost for longer than that.
 */
export interface ConnectionStatus {
  readonly status: 'live' | 'silent' | 'reconnecting' | 'stale'
  /** Since when, ms of the local wall clock. Where it is not live: what is shown is as of then. */
  readonly since: number
}

/** What the console knows without asking. The maps are live and ordered as things came in; don't keep copies. */
export interface ReplicaView {
  /** Undecided approvals, by id. */
  readonly approvals: ReadonlyMap<string, ApprovalView>
  /** Open and acknowledged tickets and questions, by id. */
  readonly tickets: ReadonlyMap<string, TicketView>
  /** Standing orders, by id. `held` is as of the snapshot, and kept current by `followOrders`. */
  readonly orders: ReadonlyMap<string, OrderView>
  /** Agents seen in lists, watches and events, by id; not all there are. */
  readonly agents: ReadonlyMap<string, AgentView>
  /** Who looks at which approval or ticket, this person included; by its id. Volatile. */
  readonly onlookers: ReadonlyMap<string, readonly string[]>
  readonly counts: Snapshot['counts']
  /**
   * `whole`: it holds all that is open. A snapshot has room for the oldest alone: until the others are here it is
   * `loading`, or `failed` while they can't be read, which is tried again.
   */
  readonly loaded: 'whole' | 'loading' | 'failed'
  /** The last seq applied. */
  readonly seq: number
}

/** What a listener is told; after a `snapshot`, or a page of what it had no room for, everything may have changed. */
export type Change =
  /** `rewritten`: it is of another history than before (PR4), and what was known that is not in it counts no more. */
  | { readonly kind: 'snapshot'; readonly rewritten?: true }
  | { readonly kind: 'events'; readonly events: readonly EventView[] }
  | { readonly kind: 'presence'; readonly agents: readonly string[] }
  | { readonly kind: 'onlookers' }
  /** What orders hold was counted anew: only told while `followOrders` does that. */
  | { readonly kind: 'orders' }
  | { readonly kind: 'connection'; readonly connection: ConnectionStatus }

export interface AgentPage {
  readonly agents: readonly AgentView[]
  /** Of all that labels and search fit, whatever their state. */
  readonly counts: Readonly<Record<AgentView['state'], number>>
  /** How many of `counts.stopped` have no run, and were stopped by nobody (AG2). A server before protocol 1.5 does not say. */
  readonly noRun?: number | undefined
  /** Ids of agents that the server can't read, 100 at most: a newer version wrote their documents, or they are damaged. */
  readonly unreadable?: readonly string[] | undefined
  readonly nextCursor?: string | undefined
}

export interface StandingList {
  readonly standing: readonly StandingGrantView[]
  /** As of `AgentPage`: what was released for these agents is not in the list. */
  readonly unreadable?: readonly string[] | undefined
}

export interface AgentDetail {
  readonly agent: AgentView
  readonly instructions: readonly InstructionView[]
  /** PO4: used in the window, and the limit. */
  readonly budgets: Readonly<Record<Resource, BudgetState>>
}

export interface EventPage {
  readonly events: readonly EventView[]
  readonly nextCursor?: string | undefined
}

export interface ApprovalPage {
  readonly approvals: readonly ApprovalView[]
  readonly nextCursor?: string | undefined
}

export interface TicketPage {
  readonly tickets: readonly TicketView[]
  readonly nextCursor?: string | undefined
}
