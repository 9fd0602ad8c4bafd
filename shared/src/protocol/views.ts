import type { AgentState } from '../agent-machine.ts'
import type { Digest } from '../canonical.ts'
import type { Epoch } from '../epoch.ts'
import type { Refusal } from '../errors.ts'
import type { FormSchema } from '../form.ts'
import type { Difference, Judgement } from '../policy/compare.ts'
import type { BudgetState } from '../policy/inquiry.ts'
import type { ActionClass, ApprovalLevel, AutonomyLevel, Resource } from '../policy/words.ts'
import type { PersonRole } from '../roles.ts'
import type { Target } from '../selector.ts'

/** ISO 8601 UTC. */
export type Timestamp = string

export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'auto_approved' | 'cancelled'
export type Outcome = 'success' | 'failure' | 'unknown'

/** When something happened, and through whom (AP11). */
export interface Stage {
  readonly at: Timestamp
  readonly by?: string | undefined
}

/** One action that was asked for, as anybody may see it. The arguments are read with `approval.get`. */
export interface ApprovalView {
  readonly id: string
  readonly agent: string
  readonly run: string
  readonly action: string
  readonly class: ActionClass
  readonly digest: Digest
  /** Counts edits, from 1; a decision names the revision it saw. */
  readonly revision: number
  readonly status: ApprovalStatus
  /** Asked while paused or under an order: policy decides anew on resume (PO1); nobody can decide it before. */
  readonly held: boolean
  readonly blocking: boolean
  readonly level: ApprovalLevel
  /** The least role that may release it, by the policy that it was asked under; undefined where nobody needs to. */
  readonly role?: PersonRole | undefined
  /** Whoever releases it needs a fresh second factor. */
  readonly factor?: true | undefined
  /**
   * AP5: how many persons must release it, and how many denials end it, where one does not do. `policy`: the version that asks
   * for it, where one that was activated since is stricter than the one that it was asked under.
   */
  readonly needs?:
    | { readonly approvals: number; readonly denials: number; readonly policy?: string | undefined }
    | undefined
  /** Who has released these bytes, in the order they did; pending and signed is half-signed. */
  readonly signatures?: readonly SignatureView[] | undefined
  /** Who has denied it, where one denial does not end it. */
  readonly objections?: readonly (Stage & { readonly reason: string })[] | undefined
  readonly rules: readonly string[]
  readonly policyVersion: string
  /** PO6: what a candidate in shadow made of it when it was asked for; never enforced. */
  readonly shadow?: ShadowView | undefined
  /** The agent's own words; plain text, never to be taken for the system's. */
  readonly summary?: string | undefined
  readonly confidence?: number | undefined
  readonly risk?: number | undefined
  readonly owner?: string | undefined
  readonly trust: number
  readonly autonomy: AutonomyLevel
  readonly expiresAt?: Timestamp | undefined
  /**
   * Time left when this was sent: until `expiresAt` while it waits, until `useBy` once it was released and not begun. Only
   * views fresh from the server carry it.
   */
  readonly remainingMs?: number | undefined
  /** Until when a released action may be begun (AP9). */
  readonly useBy?: Timestamp | undefined
  readonly decidedBy?: string | undefined
  readonly reason?: string | undefined
  readonly response?: string | undefined
  readonly note?: string | undefined
  /** An admin decided it alone, with this reason (IN1). */
  readonly override?: string | undefined
  /** The standing grant that released it (AP13). */
  readonly standing?: string | undefined
  /** The digest as first asked, where a person edited the arguments. */
  readonly askedDigest?: Digest | undefined
  /** The agent's own context, where it gave one: read it with `approval.get`. */
  readonly contextDigest?: Digest | undefined
  /**
   * AP9: the approval under which the same bytes were begun before, and when. Nobody knows whether they ran. Without an id they may
   * have been begun, among more than are remembered. `ended`: it has come out while this waits: a process reported an outcome, or a
   * person resolved `ticket` about it.
   */
  readonly begunBefore?:
    | {
        readonly at: Timestamp
        readonly ended?:
          | (Stage & {
              readonly outcome?: 'success' | 'failure' | undefined
              readonly ticket?: string | undefined
            })
          | undefined
        readonly id?: string | undefined
      }
    | undefined
  readonly outcome?: Outcome | undefined
  readonly error?: string | undefined
  /** Who was told that it waits (AP12). */
  readonly page?: PageView | undefined
  readonly stages: {
    readonly queued: Stage
    readonly delivered?: Stage | undefined
    readonly seen?: Stage | undefined
    readonly decided?: Stage | undefined
    readonly begun?: Stage | undefined
    readonly reported?: Stage | undefined
    /** Released and never begun in time, or its run ended first. */
    readonly lapsed?: Stage | undefined
    /** Released, and taken back before it was begun (IN1). */
    readonly revoked?: Stage | undefined
  }
}

/** A candidate's answer beside the one that counts (PO6). */
export interface ShadowView extends Judgement {
  readonly policyVersion: string
  readonly rules: readonly string[]
  /** As seen from what was decided. */
  readonly difference: Difference
}

/** One person's release (AP5), and how they were authenticated beside their token. */
export interface SignatureView extends Stage {
  readonly factor?: 'totp' | undefined
}

/** What a person has released in advance (AP13). */
export interface StandingGrantView {
  readonly id: string
  readonly agent: string
  readonly action: string
  /** CEL over the variables of a rule; without one, whatever the arguments. */
  readonly when?: string | undefined
  /** How many are left; undefined: until its time is over. */
  readonly left?: number | undefined
  readonly until: Timestamp
  readonly used: number
  readonly by: string
  readonly at: Timestamp
  readonly reason: string
}

/** `approval.get`: the view with the bytes that would run, and those first asked for where they were edited. */
export interface ApprovalDetail extends ApprovalView {
  readonly canonical: string
  readonly askedCanonical?: string | undefined
  /** The agent's own context, canonical JSON. */
  readonly context?: string | undefined
}

/** ES2: how far telling people about an item got. Steps and rounds count from 1. */
export interface PageView {
  /** The escalation policy that it follows. */
  readonly policy: string
  /** `exhausted`: every step was taken and nobody acknowledged. `unreachable`: nobody to be told was found, or reached. */
  readonly status: 'paging' | 'acknowledged' | 'exhausted' | 'unreachable' | 'over'
  readonly step: number
  readonly round: number
  /** Since when this step holds. */
  readonly since: Timestamp
  /** When the next step is taken, unless somebody acknowledges. */
  readonly nextAt?: Timestamp | undefined
  /** Whom this step tells. */
  readonly told: readonly PageTarget[]
}

export type PageTarget =
  | { readonly person: string }
  | { readonly team: string }
  | { readonly channel: string }

/** Somebody takes over from whoever a schedule says (ES2). */
export interface OverrideView {
  readonly id: string
  readonly schedule: string
  readonly person: string
  readonly from: Timestamp
  readonly until: Timestamp
  readonly by: string
  readonly at: Timestamp
}

/**
 * How a channel does (ES2), as it is configured now. `untried`: nothing was sent through it yet. `no_secret`,
 * `address_refused`: nothing can be sent before the server's operator gives that secret or allows that address. `disabled`:
 * it answered that it never wants to be told again. `reason`: of the newest try that failed.
 */
export interface ChannelStanding {
  readonly name: string
  readonly kind: 'webhook' | 'email' | 'slack' | 'pagerduty'
  readonly status: 'ok' | 'untried' | 'failing' | 'no_secret' | 'address_refused' | 'disabled'
  readonly since?: Timestamp | undefined
  readonly reason?: string | undefined
}

export type TicketStatus = 'open' | 'acknowledged' | 'resolved' | 'expired' | 'cancelled'

/** A ticket or a question (ES3, ES5). */
export interface TicketView {
  readonly id: string
  readonly kind: 'ticket' | 'question'
  readonly agent: string
  readonly run?: string | undefined
  readonly reason: string
  /** How many more of its reason the server counted here: they found no ticket of their own (ES1). */
  readonly repeats?: number | undefined
  readonly priority: number
  readonly status: TicketStatus
  readonly blocking: boolean
  readonly question?: string | undefined
  readonly choices?: readonly string[] | undefined
  readonly schema?: FormSchema | undefined
  /** Who opened it, and so whose account its context is. Views that older versions stored say nothing of it. */
  readonly openedBy?: 'server' | 'agent' | undefined
  /** The approval that it is about, by the server's own word: where the server opened it, and there is one. */
  readonly approval?: string | undefined
  /**
   * All approvals that it is about, that one first, where there are more: what a process had begun that is gone, and that nobody
   * knows the outcome of (AP9). Resolving it says that somebody found out about each.
   */
  readonly approvals?: readonly string[] | undefined
  /** The account of whoever opened it, where there is one: read it with `ticket.get`. */
  readonly contextDigest?: Digest | undefined
  /** Canonical JSON; only `ticket.get` carries it. */
  readonly context?: string | undefined
  readonly confidence?: number | undefined
  readonly risk?: number | undefined
  readonly assignee?: string | undefined
  /** Who was told of it (ES2). */
  readonly page?: PageView | undefined
  readonly resolution?: string | undefined
  readonly answer?: unknown
  readonly action?: { readonly action: string; readonly args: unknown } | undefined
  readonly openedAt: Timestamp
  readonly acknowledgedAt?: Timestamp | undefined
  readonly closedAt?: Timestamp | undefined
  readonly closedBy?: string | undefined
  readonly expiresAt: Timestamp
  readonly remainingMs?: number | undefined
}

/** An instruction with its fate (IN2). */
export interface InstructionView {
  readonly id: string
  readonly agent: string
  readonly text: string
  readonly data?: unknown
  readonly by: string
  readonly at: Timestamp
  readonly status: 'queued' | 'applied' | 'declined' | 'cancelled'
  readonly note?: string | undefined
  readonly settledAt?: Timestamp | undefined
}

/** How far the last pause or stop got (AG2). */
export interface ControlView {
  readonly wanted: 'paused' | 'stopped'
  readonly requested: Stage
  readonly delivered?: Stage | undefined
  readonly acknowledged?: Stage | undefined
  readonly enforced?: Stage | undefined
  /** Until then at the latest an unreachable agent is halted by its lease. */
  readonly enforcedBy?: Timestamp | undefined
}

export interface AutonomyView {
  readonly trust: number
  readonly level: AutonomyLevel
  /** A promotion that trust has earned and that waits for an admin (AU2). */
  readonly earned?: AutonomyLevel | undefined
  /** An admin fixed the level (IN1). */
  readonly pinned?: AutonomyLevel | undefined
  /** An admin bounded the level from above (IN1). */
  readonly cap?: AutonomyLevel | undefined
  readonly successes: number
  readonly failures: number
  readonly escalations: number
  readonly failuresInRow: number
  readonly lastFailureAt?: Timestamp | undefined
}

/** An agent: what is wanted, beside what it acknowledged and its lease (AG2). */
export interface AgentView {
  readonly id: string
  readonly owner?: string | undefined
  readonly parent?: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly name?: string | undefined
  readonly framework?: string | undefined
  readonly task?: string | undefined
  readonly state: AgentState
  readonly locked: boolean
  /** The unfinished run. `left`: its process went and gave its lease back, so another one may take it over (AG6). */
  readonly run?:
    | {
        readonly id: string
        readonly epoch: Epoch
        readonly startedAt: Timestamp
        readonly left?: boolean | undefined
      }
    | undefined
  readonly acknowledged?:
    | { readonly state: AgentState; readonly seq: number; readonly at: Timestamp }
    | undefined
  readonly control?: ControlView | undefined
  /** Standing orders that hold it. */
  readonly orders: readonly string[]
  readonly connected: boolean
  /** What is left of its lease by the server's reckoning; 0 when none. */
  readonly leaseRemainingMs: number
  readonly open: { readonly approvals: number; readonly tickets: number; readonly instructions: number }
  readonly autonomy: AutonomyView
  /** PO4: used in the window, and the limit. Lists and watched agents carry it; facts do not. */
  readonly budgets?: Readonly<Record<Resource, BudgetState>> | undefined
  readonly progress?:
    | { readonly step?: string | undefined; readonly message?: string | undefined }
    | undefined
  readonly seq: number
}

/** A standing order (AG7). */
export interface OrderView {
  readonly id: string
  readonly effect: 'pause' | 'stop'
  readonly selector: Target
  readonly by: string
  readonly reason: string
  readonly at: Timestamp
  /**
   * How many agents it holds, those counted that can't be read and may be, and how many are halted for certain (AG2). Lists and
   * snapshots carry it; facts do not.
   */
  readonly held?: { readonly agents: number; readonly halted: number } | undefined
  readonly lifted?: (Stage & { readonly reason: string }) | undefined
}

/** One fact of the log as it is sent: `data` holds the views it changed. */
export interface EventView {
  readonly seq: number
  readonly at: Timestamp
  readonly type: string
  readonly agent?: string | undefined
  readonly by?: string | undefined
  readonly data: Readonly<Record<string, unknown>>
  /** Chains it to the fact before (PR7); in lists of the past alone. */
  readonly hash?: string | undefined
}

/** One fact exactly as the log keeps it, so that its hash can be computed again (PR7). */
export interface LoggedEvent extends EventView {
  /** Its number among what the agent's socket is told, and the state after it. */
  readonly push?: { readonly seq: number; readonly state: string } | undefined
  /** The command that caused it: the key, and whose it is. */
  readonly command?: { readonly principal: string; readonly key: string } | undefined
  readonly hash: string
}

/** A text that facts name by its digest: an action's canonical bytes, or an agent's context. */
export interface StoredText {
  readonly digest: Digest
  readonly text: string
}

/** Where a log stands: the number and hash of a fact, 0 and empty before the first. */
export interface LogPlace {
  readonly seq: number
  readonly hash: string
}

/** What one turn committed, to every console of the tenant; what is large comes in several frames. */
export interface Feed {
  readonly storeEpoch: number
  readonly partition: string
  readonly events: readonly EventView[]
  /** Stands at the last of these events, as that of `sync` would. */
  readonly cursor?: string | undefined
}

export interface Snapshot {
  readonly approvals: readonly ApprovalView[]
  readonly tickets: readonly TicketView[]
  readonly orders: readonly OrderView[]
  readonly counts: { readonly agents: number; readonly approvals: number; readonly tickets: number }
}

/** Who has one item before them. */
export interface Onlooking {
  /** Of an approval or a ticket. */
  readonly id: string
  readonly people: readonly string[]
}

/** What watched agents show between facts, and who looks at what. Volatile. */
export interface Presence {
  /** All items that anybody of the tenant looks at, 200 at most; absent: nothing changed. */
  readonly onlookers?: readonly Onlooking[] | undefined
  readonly agents: readonly Pick<AgentView, 'id' | 'connected' | 'leaseRemainingMs' | 'progress'>[]
}

/** One agent's answer to an intervention (AG7: answers come agent by agent). */
export interface TargetResult {
  readonly agent: string
  readonly ok: boolean
  readonly state?: AgentState | undefined
  readonly error?: Refusal | undefined
}
