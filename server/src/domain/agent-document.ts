import {
  type ActionClass,
  type AgentState,
  type ApprovalLevel,
  type ApprovalStatus,
  type AutonomyLevel,
  type Digest,
  type Epoch,
  earnedLevel,
  type FormSchema,
  type Machine,
  newMachine,
  type Outcome,
  type PersonRole,
  type Policy,
  type Resource,
  type ShadowView,
  type TicketStatus,
} from '@holdpoint/shared'
import type { Habits } from './habits.ts'
import type { Outgoing } from './outgoing.ts'
import type { Page } from './page-view.ts'

/**
 * Everything that one agent's decisions rest on: one document, one version, one writer at a time.
 * Texts are bounded and bytes are blobs by digest, so that it stays small; what is settled leaves for the records.
 * Times are ms on the store's clock.
 */
export interface AgentDocument {
  readonly schema: 1
  readonly id: string
  readonly tenant: string
  readonly identity: Identity
  readonly name?: string | undefined
  readonly framework?: string | undefined
  readonly machine: Machine
  /** Who stopped and locked it, and why; until it is reinstated. */
  readonly stopped?: (Mark & { readonly reason?: string | undefined }) | undefined
  /** Whether a person paused this very agent; a lifted order must not resume it then. */
  readonly pausedByPerson: boolean
  /** The standing orders that hold it, as of `ordersVersion` of the tenant's orders. */
  readonly heldBy: readonly StandingOrder[]
  readonly ordersVersion: number
  /** The unfinished run, if there is one. */
  readonly run?: Run | undefined
  /** The newest fencing token handed out; outlives its run, so that none is ever handed out twice. */
  readonly epoch?: Epoch | undefined
  /** The last number given to a push. */
  readonly seq: number
  readonly acknowledged?:
    | { readonly state: AgentState; readonly seq: number; readonly at: number }
    | undefined
  readonly control?: Control | undefined
  /** Pending, released and not begun, begun and not reported. */
  readonly approvals: readonly Approval[]
  /** Open and acknowledged. */
  readonly tickets: readonly Ticket[]
  /** Queued, in the order of delivery (IN2); their number and their bytes are capped. */
  readonly instructions: readonly Instruction[]
  readonly autonomy: Autonomy
  /** AP13, in the order they were given. */
  readonly standing?: readonly StandingGrant[] | undefined
  /** AP8: what a person denied a short while ago, oldest first; outlives runs. */
  readonly denials: readonly Denial[]
  readonly denialsInRow: number
  /** PO4: the parts of the budget window, oldest first; they outlive runs (AG8). */
  readonly budgets: readonly BudgetPart[]
  /** ES4: what the detectors know. Absent before its first request. */
  readonly habits?: Habits | undefined
  /** ES2: what is to be said to people, oldest first. Absent where there never was anything. */
  readonly outbox?: readonly Outgoing[] | undefined
  /** AP9: what was begun and ended as unknown a short while ago, oldest first; outlives runs. */
  readonly unsettled?: readonly Unsettled[] | undefined
  /** AP9: more than that did: until then any bytes may be among them. */
  readonly unsettledMore?: Pick<Unsettled, 'begunAt' | 'until'> | undefined
}

/** AP9: how what was in doubt ended, as a process reported it; or who found out, on which ticket. */
export type FoundOut = Mark & {
  readonly outcome?: 'success' | 'failure' | undefined
  readonly ticket?: string | undefined
}

/** AP9: these bytes were begun, and nobody knows how that ended: until `until` they are not begun again without a person. */
export interface Unsettled {
  /** The approval under which they were begun. */
  readonly id: string
  readonly digest: Digest
  readonly askedDigest?: Digest | undefined
  readonly begunAt: number
  /** Of the process that began it, where that one was gone before it reported: people are told of all that it left in one ticket. */
  readonly epoch?: Epoch | undefined
  /** A ticket about it is open or was. */
  readonly doubted?: boolean | undefined
  readonly until: number
}

/** AP8: these bytes were denied; asked again before `until`, they are refused with the same reason. */
export interface Denial {
  readonly digest: Digest
  readonly reason: string
  readonly until: number
}

/** Who the agent is, as its token says (ID2). */
export interface Identity {
  readonly owner?: string | undefined
  readonly labels: Readonly<Record<string, string>>
}

/** An order as it binds an agent (AG7). */
export interface StandingOrder {
  readonly id: string
  readonly effect: 'pause' | 'stop'
  readonly by: string
  readonly reason: string
}

export interface Run {
  readonly id: string
  readonly epoch: Epoch
  readonly instance: string
  readonly startedAt: number
  readonly task?: string | undefined
  readonly leaseMs: number
  /** AG6: the lease was given back, so that another process need not wait it out. */
  readonly released: boolean
  /** AG6: since when another process waits to take over; no lease is renewed until this is taken back. */
  readonly contestedAt?: number | undefined
}

/** Something that happened, when and through whom. */
export interface Mark {
  readonly at: number
  readonly by?: string | undefined
}

/** AG2: how far the last pause or stop got. */
export interface Control {
  readonly wanted: 'paused' | 'stopped'
  /** The push that carried it: an acknowledgement counts from there on. */
  readonly seq: number
  readonly requested: Mark
  readonly delivered?: Mark | undefined
  readonly acknowledged?: Mark | undefined
  readonly enforced?: Mark | undefined
  /** When the lease that was out when it was asked for has certainly run out. */
  readonly enforcedBy: number
  /** How long that lease was, where a run held one. */
  readonly leaseMs?: number | undefined
}

/** One action that was asked for (AP). */
export interface Approval {
  readonly id: string
  readonly run: string
  /** Under which it was asked for. */
  readonly epoch?: Epoch | undefined
  readonly action: string
  readonly class: ActionClass
  readonly digest: Digest
  readonly askedDigest?: Digest | undefined
  readonly contextDigest?: Digest | undefined
  readonly revision: number
  readonly status: ApprovalStatus
  readonly held: boolean
  readonly blocking: boolean
  readonly level: ApprovalLevel
  /** Who must release it; undefined where nobody needs to. */
  readonly role?: PersonRole | undefined
  readonly factor: boolean
  readonly rules: readonly string[]
  readonly policyVersion: string
  /** PO6: what a candidate in shadow made of it. */
  readonly shadow?: ShadowView | undefined
  readonly summary?: string | undefined
  readonly confidence?: number | undefined
  readonly risk?: number | undefined
  readonly trust: number
  readonly autonomy: AutonomyLevel
  readonly expiresAt?: number | undefined
  readonly useBy?: number | undefined
  /** PO4: what it took from the budgets, in which part of the window, and of what there was not enough. */
  readonly reserved?:
    | (Readonly<Record<Resource, number>> & { readonly until: number; readonly spent: readonly Resource[] })
    | undefined
  /** AP5: how many persons must release it, and how many denials end it; one each where it is not said. */
  readonly needs?: { readonly approvals: number; readonly denials: number } | undefined
  /** AP5: the same as of the last signature or denial, where the policy of that day was stricter. For people to see. */
  readonly demanded?:
    | { readonly approvals: number; readonly denials: number; readonly policy: string }
    | undefined
  /** AP6: the agent's owner may not release it. */
  readonly separated?: boolean | undefined
  /** Who has released these very bytes; an edit makes them fall (AP4). */
  readonly signatures?: readonly Signature[] | undefined
  readonly objections?: readonly Objection[] | undefined
  /** The standing grant that released it (AP13). */
  readonly standing?: string | undefined
  readonly reason?: string | undefined
  readonly response?: string | undefined
  readonly note?: string | undefined
  readonly outcome?: Outcome | undefined
  readonly error?: string | undefined
  /**
   * AP9: the approval under which the same bytes were begun before, and when: nobody knows how that ended. Without an id they may
   * have been, among more than are remembered. `ended`: what became of it, where that has come out while this waits.
   */
  readonly begunBefore?:
    | { readonly id?: string | undefined; readonly at: number; readonly ended?: FoundOut | undefined }
    | undefined
  readonly queued: Mark
  readonly delivered?: Mark | undefined
  readonly seen?: Mark | undefined
  readonly decided?: Mark | undefined
  readonly begun?: (Mark & { readonly epoch: Epoch; readonly instance: string }) | undefined
  readonly reported?: Mark | undefined
  readonly lapsed?: Mark | undefined
  readonly revoked?: Mark | undefined
  readonly override?: string | undefined
  /** A ticket about its unknown outcome is open or was; a second would say nothing new. */
  readonly doubted?: boolean | undefined
  readonly page?: Page | undefined
}

/** An approval with each of its fields, those that say nothing as well: whoever changes one adds none (`changed`). */
export type WholeApproval = { readonly [F in keyof Required<Approval>]: Approval[F] }

/**
 * The approval with some of its fields as they are now. In V8 as of Node 20 an object that gains a field after it was spread has a
 * hidden class of its own, and so has what is made of it: whatever reads one is slow then.
 */
export const changed = (item: Approval, by: Partial<Approval>): Approval => ({ ...item, ...by })

/** One person's release of one revision (AP5). */
export interface Signature {
  readonly person: string
  /** What counted when they signed; looked at afresh when the last one signs. */
  readonly role: PersonRole
  readonly at: number
  readonly credential?: Credential | undefined
  /** With a second factor. */
  readonly factor?: boolean | undefined
  /** Who made the link or set the password that they had signed in with, where it was somebody else. */
  readonly admittedBy?: string | undefined
}

/** What a person has released in advance (AP13). Times in ms. */
export interface StandingGrant {
  readonly id: string
  readonly action: string
  /** CEL; undefined: whatever the arguments. */
  readonly when?: string | undefined
  /** Undefined: until `until`. */
  readonly left?: number | undefined
  readonly until: number
  readonly used: number
  readonly reason: string
  /** Whose release it is, looked at afresh at each use. */
  readonly signature: Signature
}

/** One person's denial, of several that it takes. */
export interface Objection {
  readonly person: string
  readonly at: number
  readonly reason: string
}

/** A token, told from others of its subject. Issued at, ms. */
export interface Credential {
  readonly id: string
  readonly jti: string
  readonly issuedAt: number
}

/** A ticket or a question (ES3, ES5). */
export interface Ticket {
  readonly id: string
  readonly kind: 'ticket' | 'question'
  readonly run?: string | undefined
  readonly reason: string
  /** What it is about, where the server opened it: the same again folds in. */
  readonly about?: string | undefined
  /** The approval that it is about, where the server opened it and there is one. */
  readonly approval?: string | undefined
  /** All that it is about, that one first, where the server opened it about more than one. */
  readonly approvals?: readonly string[] | undefined
  /** How many more of its reason found no place of their own. */
  readonly repeats?: number | undefined
  readonly priority: number
  readonly status: TicketStatus
  readonly blocking: boolean
  readonly question?: string | undefined
  readonly choices?: readonly string[] | undefined
  readonly schema?: FormSchema | undefined
  readonly contextDigest?: Digest | undefined
  readonly confidence?: number | undefined
  readonly risk?: number | undefined
  readonly assignee?: string | undefined
  readonly page?: Page | undefined
  readonly opened: Mark
  readonly acknowledged?: Mark | undefined
  readonly expiresAt: number
  readonly closed?: Mark | undefined
  readonly resolution?: string | undefined
  readonly answer?: unknown
  readonly action?: { readonly action: string; readonly args: unknown } | undefined
}

/** A person's word to the agent, not yet answered (IN2). */
export interface Instruction {
  readonly id: string
  readonly text: string
  readonly data?: unknown
  readonly queued: Mark
}

/** AU: trust in [0, 1] with what it was earned by. */
export interface Autonomy {
  readonly trust: number
  /** The level in effect: the one reached, unless an admin pinned or capped it. */
  readonly level: AutonomyLevel
  /** Earned, and confirmed where that is needed. */
  readonly reached: AutonomyLevel
  readonly pinned?: AutonomyLevel | undefined
  readonly cap?: AutonomyLevel | undefined
  /** A promotion that waits for an admin (AU2). */
  readonly earned?: AutonomyLevel | undefined
  readonly successes: number
  readonly failures: number
  readonly escalations: number
  readonly failuresInRow: number
  readonly lastFailureAt?: number | undefined
}

/** What was reserved in one part of the window, and what releases have added to the limits in it (PO4). */
export interface BudgetPart {
  /** The end of the part, ms: it counts until a whole window after that. Names the part. */
  readonly until: number
  readonly used: Readonly<Record<Resource, number>>
  /** How many times the level's limit was added. */
  readonly allotments: Readonly<Record<Resource, number>>
}

/** A document with each of its fields, for the reason that `changed` has. */
type WholeDocument = { readonly [F in keyof Required<AgentDocument>]: AgentDocument[F] }

/** One for all: a list each would cost each of ten thousand agents its memory. */
const NONE: readonly never[] = []

/** An agent that has never run. */
export const newAgent = (tenant: string, id: string, identity: Identity, policy: Policy): AgentDocument =>
  wholeDocument({
    schema: 1,
    id,
    tenant,
    identity,
    machine: newMachine,
    pausedByPerson: false,
    heldBy: NONE,
    ordersVersion: 0,
    seq: 0,
    approvals: NONE,
    tickets: NONE,
    instructions: NONE,
    autonomy: {
      trust: policy.trust.initial,
      level: earnedLevel(policy, policy.trust.initial),
      reached: earnedLevel(policy, policy.trust.initial),
      successes: 0,
      failures: 0,
      escalations: 0,
      failuresInRow: 0,
    },
    denials: NONE,
    denialsInRow: 0,
    budgets: NONE,
  })

/** What a field holds stays the same object: whoever writes the document need not make its text anew. */
const wholeDocument = (doc: Omit<AgentDocument, 'budgets'> & Partial<AgentDocument>): WholeDocument => ({
  schema: doc.schema,
  id: doc.id,
  tenant: doc.tenant,
  identity: doc.identity,
  name: doc.name,
  framework: doc.framework,
  machine: doc.machine,
  stopped: doc.stopped,
  pausedByPerson: doc.pausedByPerson,
  heldBy: doc.heldBy,
  ordersVersion: doc.ordersVersion,
  run: doc.run,
  epoch: doc.epoch,
  seq: doc.seq,
  acknowledged: doc.acknowledged,
  control: doc.control,
  approvals: doc.approvals,
  tickets: doc.tickets,
  instructions: doc.instructions,
  autonomy: doc.autonomy,
  standing: doc.standing,
  denials: doc.denials,
  denialsInRow: doc.denialsInRow,
  // documents of this schema had none at first
  budgets: doc.budgets ?? [],
  habits: doc.habits,
  outbox: doc.outbox,
  unsettled: doc.unsettled,
  unsettledMore: doc.unsettledMore,
})

/** What the store holds → today's document. Throws on a version from the future: nothing may be decided on a guess. */
export function readAgentDocument(stored: unknown): AgentDocument {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`an agent document of schema ${schema} needs a newer server`)
  return wholeDocument(stored as AgentDocument)
}
