import type {
  AgentRequest,
  AutonomyLevel,
  Epoch,
  OperatorRequest,
  Override,
  PersonRole,
  Policy,
  Refusal,
  Target,
} from '@holdpoint/shared'
import type { Autonomy, Credential, Denial, Identity, StandingOrder } from './agent-document.ts'
import type { Purpose } from './factor-document.ts'
import type { Attempt } from './outgoing.ts'

/** A person who commands: their record's id where there is one, else the token's subject; the role that counts. */
export interface Person {
  readonly id: string
  readonly role: PersonRole
  /** What they presented. */
  readonly credential?: Credential | undefined
  /** There is a record of them. */
  readonly registered?: boolean | undefined
  /** The browser's session that they act in. */
  readonly session?: string | undefined
  /** Who made the link or set the password that opened that session, where it is somebody else. */
  readonly admittedBy?: string | undefined
  /** What they have spent a second factor on, for this very command. */
  readonly factor?: FactorProof | undefined
}

/** A spent second factor: for what, and when, ms. */
export interface FactorProof {
  readonly purpose: Purpose
  readonly at: number
}

type OwnRequest =
  | 'run.start'
  | 'run.complete'
  | 'lease.release'
  | 'action.request'
  | 'action.begin'
  | 'action.report'
  | 'approval.cancel'
  | 'question.ask'
  | 'escalation.raise'
  | 'instruction.ack'
  | 'control.ack'

/** The requests of an agent that its document decides. */
export type AgentOwnCommand = {
  [N in OwnRequest]: { readonly type: N; readonly body: AgentRequest<N>; readonly identity: Identity }
}[OwnRequest]

type Ruled<N extends 'agent.pause' | 'agent.resume' | 'agent.stop' | 'agent.reinstate'> = {
  readonly type: N
  readonly reason?: string | undefined
  readonly by: Person
}

/** What a person does to one agent. An intervention's target has been resolved to this agent before. */
export type PersonCommand =
  | {
      readonly type: 'approval.approve'
      readonly body: OperatorRequest<'approval.approve'>
      readonly by: Person
    }
  | { readonly type: 'approval.deny'; readonly body: OperatorRequest<'approval.deny'>; readonly by: Person }
  | {
      readonly type: 'approval.respond'
      readonly body: OperatorRequest<'approval.respond'>
      readonly by: Person
    }
  | Ruled<'agent.pause'>
  | Ruled<'agent.resume'>
  | Ruled<'agent.stop'>
  | Ruled<'agent.reinstate'>
  | { readonly type: 'agent.inject'; readonly text: string; readonly data?: unknown; readonly by: Person }
  | { readonly type: 'override.revoke'; readonly id: string; readonly reason: string; readonly by: Person }
  | {
      readonly type: 'override.grant'
      readonly body: OperatorRequest<'override.grant'>
      readonly by: Person
    }
  | {
      readonly type: 'trust.pin' | 'trust.cap' | 'trust.reset' | 'trust.confirm'
      readonly level?: AutonomyLevel | undefined
      readonly reason: string
      readonly by: Person
    }
  | {
      readonly type: 'standing.issue'
      readonly body: OperatorRequest<'standing.issue'>
      readonly by: Person
    }
  | { readonly type: 'standing.revoke'; readonly id: string; readonly reason: string; readonly by: Person }
  | { readonly type: 'ticket.acknowledge'; readonly id: string; readonly by: Person }
  | {
      readonly type: 'ticket.assign'
      readonly id: string
      readonly assignee: string
      /** Why it can't be theirs. */
      readonly missing?: Refusal | undefined
      readonly by: Person
    }
  | {
      readonly type: 'ticket.resolve'
      readonly body: OperatorRequest<'ticket.resolve'>
      readonly by: Person
    }

/** What the server does by itself: deadlines that fell due, orders to carry out, marks of delivery. */
export type SystemCommand =
  | { readonly type: 'approval.expire'; readonly id: string }
  | { readonly type: 'approval.lapse'; readonly id: string }
  | { readonly type: 'ticket.expire'; readonly id: string }
  | { readonly type: 'control.enforce' }
  /** ES2: nobody acknowledged a page in time. */
  | { readonly type: 'page.advance'; readonly id: string }
  /** How a try to say something went. */
  | {
      readonly type: 'outbox.settle'
      readonly id: string
      /** False where nothing was tried: it was not due, or is gone. */
      readonly tried: boolean
      readonly attempts: readonly Attempt[]
    }
  | { readonly type: 'control.delivered'; readonly seq: number }
  /** Which approvals reached a console, and which somebody looked at (AP11). */
  | {
      readonly type: 'approvals.noted'
      readonly delivered: readonly string[]
      readonly seen: readonly string[]
      readonly by: string
    }
  /** AG6: the process that holds the run asked again: it lives, and whoever waits to take over goes on waiting. */
  | { readonly type: 'run.keep'; readonly epoch: Epoch }
  /** AG7: brings the agent in line with the standing orders; `decide` does so before any other command too. */
  | { readonly type: 'orders.apply' }
  /** The agent's token was renewed, and may say something else of it (ID2). */
  | { readonly type: 'identity.refresh'; readonly identity: Identity }
  /** The same request came again from a later epoch, and its verdict had been `go` (AP9). */
  | { readonly type: 'action.reclaim'; readonly id: string }

  /** A person was disabled at `upTo`: what they signed until then, and nobody has finished, falls (AP5). */
  | { readonly type: 'signatures.void'; readonly person: string; readonly upTo: number }

export type AgentCommand = AgentOwnCommand | PersonCommand | SystemCommand

/** What a decision may rest on beside the document: read afresh for every attempt, and plain data. */
export interface Facts {
  /** The store's clock, ms. */
  readonly at: number
  /** Fresh ids, used for what this command creates: its item, and tickets beside it. */
  readonly ids: { readonly item: string; readonly tickets: readonly string[] }
  readonly storeEpoch: number
  readonly policy: Policy
  /** PO6: a candidate that judges beside it, on record alone. */
  readonly shadow?: Policy | undefined
  /** The bytes that policy may look at, of items asked for before, by digest. */
  readonly bytes: ReadonlyMap<string, string>
  /** All standing orders of the tenant, as of `ordersVersion`. */
  readonly orders: readonly (StandingOrder & { readonly selector: Target })[]
  readonly ordersVersion: number
  /** For how long at most some process may still hold a lease of this agent, ms (AG4, AG6). */
  readonly leaseLeftMs: number
  /**
   * For how long at most a process may still act that history knows nothing of, ms (ST9): where this agent's last epoch is of
   * before some was lost, since another one may have been handed out in what was. Only for a start.
   */
  readonly forgottenLeaseMs: number
  /** Whether other nodes grant leases too: a takeover must then be on record before it can be waited for (AG6). */
  readonly leasesElsewhere: boolean
  /** An ancestor of the agent that is locked or paused: a child must not wash its parent's stop off (AG8). Of a start. */
  readonly heldAncestor?: { readonly id: string; readonly how: 'locked' | 'paused' } | undefined
  /** AG8: what counts of those it shares its root with. */
  readonly family?: Family | undefined
  /** AP5, AP6: who the people are that this release is about, as of now; only for decisions on an approval. */
  readonly people?: PeopleFacts | undefined
  /** ES2: who takes over from whom, per schedule. */
  readonly overrides: readonly (Override & { readonly schedule: string })[]
  /** AP14: what is open in the tenant; only for what may open something. */
  readonly quota?: Quota | undefined
  /** ES4: the agent's process came back a moment ago, and may ask again for what it had lost. */
  readonly quiet: boolean
  /** What the records say of the item that the command names, where the document no longer holds it. */
  readonly standing?: Readonly<Record<string, unknown>> | undefined
}

/**
 * What counts of the agents that share an agent's root, for an agent must not get rid of what was decided about it by
 * running as a child of its own naming (AG8). As of a moment ago.
 */
export interface Family {
  /** Those above it, so far as they ever ran. */
  readonly ancestors: readonly Autonomy[]
  /** AP8: of all of them, its own included. */
  readonly denials: readonly Denial[]
}

/** How much waits for people in a tenant, as of a moment ago: the quota is a soft one. */
export interface Quota {
  /** Open items of all agents. */
  readonly total: number
  /** Of this agent and all that run under the same root: of `crew/7` those of `crew` and `crew/…`. */
  readonly own: number
  /** How many roots have any, this one included. */
  readonly sharers: number
}

/** A refusal or a result: what the sender is told. `T` is the wire's result. */
export type Answer =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: Refusal }

/** People as their records say now. */
export interface PeopleFacts {
  /** The person that owns the agent: the one whose login its token names, else that name itself. */
  readonly owner?: string | undefined
  /** The highest role among registered, enabled people other than the owner. */
  readonly othersRole?: PersonRole | undefined
  /** Who signed before, as they are now. Nobody in it: as they signed. */
  readonly signers: Readonly<Record<string, SignerNow>>
}

/** Somebody who signed, as they are now: what of theirs counts, and for how much. Times in ms. */
export interface SignerNow {
  readonly role?: PersonRole | undefined
  /** Nothing of theirs counts: they are disabled. */
  readonly void: boolean
  /** Nor does what they signed up to then, whatever they have signed since. */
  readonly voidUpTo?: number | undefined
  /** Nor what they signed with these credentials, by their `jti`. */
  readonly revoked?: readonly string[] | undefined
  /** The person that their login has become of since. */
  readonly is?: string | undefined
}
