import type {
  ApprovalLevel,
  ApprovalView,
  Digest,
  ErrorCode,
  FormSchema,
  Outcome,
  TicketView,
  Timestamp,
} from '@holdpoint/shared'
import type { Clocks } from './clocks.ts'
import type { Logger } from './logger.ts'

export interface AgentClientOptions {
  /** The control plane's origin, `http(s)://host:port`. */
  readonly url: string
  /** A token, or a function that is asked for a fresh one at each connection and before the last one expires. */
  readonly token: string | (() => string | Promise<string>)
  /** The token's subject (the default) or a child of it, `subject/…`. */
  readonly agent?: string
  readonly task?: string
  readonly name?: string
  readonly framework?: string
  /** The lease to ask for, ms; policy caps it (AG4). */
  readonly leaseMs?: number
  /** Go on with an unfinished run of this agent that another process held (AG6). Default false. */
  readonly takeover?: boolean
  /** With `takeover`: the run that is meant. */
  readonly run?: string
  /** Ends the client like `close()`. */
  readonly signal?: AbortSignal
  /** Where it tells what it survived. By default it is silent, but for a control plane that it cannot reach. */
  readonly logger?: Logger
  readonly clocks?: Clocks
}

/** Every waiting call ends early when its signal aborts, by throwing the signal's reason. */
export interface Abortable {
  readonly signal?: AbortSignal
}

export interface AskOptions extends Abortable {
  /** Idempotency key (AP7); the same key with the same payload is the same request, also after a crash. Default random. */
  readonly key?: string
}

export interface RequestOptions extends AskOptions {
  /** The agent's own words for the person who decides. */
  readonly summary?: string
  /** In [0, 1]. */
  readonly confidence?: number
  /** In [0, 1]. */
  readonly risk?: number
  /** Whether the agent awaits the decision in state `awaiting_input`; the server's default is to block. */
  readonly blocking?: boolean
  /** Any JSON for the person who decides. */
  readonly context?: unknown
}

/** Somebody released it, or nobody needed to. `args` are parsed from the approved bytes, not the caller's object. */
export interface Released {
  readonly status: 'released'
  readonly id: string
  readonly digest: Digest
  /** RFC 8785 text of `{ action, args }` (AP9). */
  readonly canonical: string
  readonly args: unknown
  /** A person changed the arguments (AP4). */
  readonly edited: boolean
  readonly approval?: ApprovalView | undefined
}

/** It must not be done. For a model to read, hence returned and never thrown. */
export interface NotReleased {
  readonly status: 'denied' | 'expired' | 'cancelled' | 'refused'
  readonly id: string
  readonly reason: string
  /** An operator's message instead of running it (AP4). */
  readonly response?: string | undefined
  readonly code?: ErrorCode | undefined
  readonly approval?: ApprovalView | undefined
}

export type Decision = Released | NotReleased

/** An action that was asked for. */
export interface ActionHandle {
  readonly id: string
  /** Of the bytes as asked for; a person may edit them, see the decision's digest. */
  readonly digest: Digest
  readonly verdict: 'go' | 'wait' | 'refused'
  readonly level: ApprovalLevel
  readonly rules: readonly string[]
  readonly policyVersion: string
  /** The key it was asked under: the same key finds it again after a crash (AP7). */
  readonly key: string
  /** Errors: AgentStoppedError when the run ends first; the signal's reason when the caller's signal aborts. */
  readonly decision: Promise<Decision>
  /** Withdraws it; the decision then is `cancelled`, unless one was made before. */
  cancel(reason: string): Promise<void>
}

/** What the function given to `run()` gets beside the approved arguments. */
export interface ActContext {
  /** Fires on stop, on takeover by another process, and on the caller's own signal. */
  readonly signal: AbortSignal
  readonly id: string
  readonly digest: Digest
}

export interface ActOptions extends RequestOptions {
  /** How bad a thrown error is, in [0, 1], or a function that judges it. Default 0.5. */
  readonly severity?: number | ((error: unknown) => number)
  readonly audience?: string
}

export type ActResult<T> =
  | {
      readonly status: 'done'
      readonly value: T
      readonly id: string
      readonly digest: Digest
      /** False where the report could not be delivered; the action was done all the same. */
      readonly reported: boolean
    }
  | NotReleased
  /** Another process began it and nobody knows how it ended (AP9): a person must look. It was not run again. */
  | { readonly status: 'unknown_outcome'; readonly id: string; readonly reason: string }
  /** It is the same action as one that was begun already (same key, or folded by AP7); it was not run again. */
  | {
      readonly status: 'already_begun'
      readonly id: string
      readonly reason: string
      readonly outcome?: Outcome | undefined
    }

export interface QuestionOptions extends AskOptions {
  readonly choices?: readonly string[]
  readonly schema?: FormSchema
  /** How long to wait for a person, ms; policy has a default. */
  readonly timeoutMs?: number
  readonly blocking?: boolean
}

export type Answer =
  | { readonly status: 'answered'; readonly answer: unknown; readonly ticket: TicketView }
  | { readonly status: 'expired' | 'cancelled'; readonly reason: string; readonly ticket: TicketView }

export interface EscalateOptions extends AskOptions {
  readonly confidence?: number
  readonly risk?: number
  readonly blocking?: boolean
}

/** How a ticket ended. `action` is advice: doing it goes through `run()` like anything else (ES3). */
export type TicketOutcome =
  | {
      readonly status: 'resolved'
      readonly resolution?: string | undefined
      readonly answer?: unknown
      readonly action?: { readonly action: string; readonly args: unknown } | undefined
      readonly ticket: TicketView
    }
  | { readonly status: 'expired' | 'cancelled'; readonly ticket: TicketView }
  | { readonly status: 'not_raised' }

export interface Escalation {
  readonly raised: boolean
  readonly ticket?: TicketView | undefined
  /** `not_raised` at once where policy opened no ticket. Errors: as `ActionHandle.decision`. */
  readonly settled: Promise<TicketOutcome>
}

/** An operator's instruction (IN2). It comes again in a later process until it was `applied` or `declined`. */
export interface Instruction {
  readonly id: string
  readonly text: string
  readonly data?: unknown
  readonly by: string
  readonly at: Timestamp
  applied(note?: string): Promise<void>
  declined(note?: string): Promise<void>
}

/** Which run this process holds. */
export interface RunInfo {
  readonly id: string
  readonly agent: string
  readonly epoch: string
  /** What was open when it started: after a takeover, what the earlier process had asked for (AG6). */
  readonly open: readonly (ApprovalView | TicketView)[]
}

/** The connection alone: whether the agent may act is what `canContinue()` tells. */
export type AgentConnection = 'new' | 'connecting' | 'live' | 'reconnecting' | 'closed'
