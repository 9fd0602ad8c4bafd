import type { AgentState, AutonomyView } from '@holdpoint/shared'
import type {
  Abortable,
  ActContext,
  ActionHandle,
  ActOptions,
  ActResult,
  AgentClientOptions,
  AgentConnection,
  Answer,
  EscalateOptions,
  Escalation,
  Instruction,
  QuestionOptions,
  RequestOptions,
  RunInfo,
} from './agent-types.ts'

const soon = (): never => {
  throw new Error('not implemented yet')
}

/** One agent process: the gate, the inbox and the decision around one socket. */
export class AgentClient {
  readonly options: AgentClientOptions
  constructor(options: AgentClientOptions) {
    this.options = options
  }

  /** Wanted state as last heard; `stopped` before `start()`. */
  get state(): AgentState {
    return soon()
  }

  /** Fires once this process may never act again; its reason is an AgentStoppedError or HoldpointError. */
  get signal(): AbortSignal {
    return soon()
  }

  get connection(): AgentConnection {
    return soon()
  }

  /** The run held since `start()`. */
  get held(): RunInfo | undefined {
    return soon()
  }

  /** Trust and level as last heard. */
  get autonomy(): AutonomyView | undefined {
    return soon()
  }

  /** Connects and starts the run. Errors: RunHeldError, HoldpointError (`agent_locked`, `unauthenticated`, …). */
  start(_options?: Abortable): Promise<RunInfo> {
    return soon()
  }

  /** Returns while running under a live lease, waits while halted. Errors: AgentStoppedError (AG3). */
  checkpoint(_options?: Abortable): Promise<void> {
    return soon()
  }

  /** The checkpoint's answer at this instant, without waiting. */
  canContinue(): boolean {
    return soon()
  }

  /** Asks for an action. Deny and expiry are returned by its `decision`. Errors: HoldpointError, AgentStoppedError. */
  request(_action: string, _args: unknown, _options?: RequestOptions): Promise<ActionHandle> {
    return soon()
  }

  /** Asks, waits, claims, runs what was approved, at most once, and reports. Rethrows what `act` throws. */
  run<A, T>(
    _action: string,
    _args: A,
    _act: (args: A, context: ActContext) => T | Promise<T>,
    _options?: ActOptions,
  ): Promise<ActResult<T>> {
    return soon()
  }

  /** Asks a person (ES5). */
  ask(_question: string, _options?: QuestionOptions): Promise<Answer> {
    return soon()
  }

  /** Raises a ticket where policy says so (ES1). */
  escalate(_reason: string, _context: unknown, _options?: EscalateOptions): Promise<Escalation> {
    return soon()
  }

  /** Operators' instructions, each once, over all reconnects; ends when the run ends. */
  instructions(): AsyncIterableIterator<Instruction> {
    return soon()
  }

  /** Shown to operators; may be lost. */
  progress(_progress: { step?: string; message?: string; usage?: Record<string, number> }): void {
    soon()
  }

  /** Ends the run. */
  complete(_result?: unknown, _options?: Abortable): Promise<void> {
    return soon()
  }

  /** Gives the lease back and disconnects; the run stays unfinished, for another process to take over. */
  close(): Promise<void> {
    return soon()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
