import {
  type AgentState,
  type ApprovalView,
  type AutonomyView,
  checkJson,
  type InstructionView,
  type PushItem,
  type TicketView,
} from '@holdpoint/shared'
import { Actions } from './actions.ts'
import { checkOptions } from './agent-options.ts'
import { AgentSession } from './agent-session.ts'
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
import { HoldpointError } from './errors.ts'
import { Inbox } from './inbox.ts'
import { Questions } from './questions.ts'
import { Settlements } from './settlements.ts'

/** One agent process: the gate, the inbox and the decision around one socket. Used for one run, then thrown away. */
export class AgentClient {
  readonly #session: AgentSession
  readonly #settlements = new Settlements()
  readonly #actions: Actions
  readonly #questions: Questions
  readonly #inbox: Inbox
  #starting: Promise<RunInfo> | undefined

  /** Errors: HoldpointError (`invalid` options; `unauthenticated`: an empty token). */
  constructor(options: AgentClientOptions) {
    checkOptions(options)
    this.#session = new AgentSession(options, {
      item: (item) => this.#item(item),
      standing: (open, instructions) => this.#standing(open, instructions),
      ended: () => {
        this.#settlements.end(this.#session.gate.ended)
        this.#inbox.end()
      },
    })
    this.#actions = new Actions(this.#session, this.#settlements)
    this.#questions = new Questions(this.#session, this.#settlements)
    this.#inbox = new Inbox(this.#session)
    const { signal } = options
    if (signal?.aborted) void this.close()
    else signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.signal })
  }

  /** The wanted state, as last heard; `stopped` before `start()`. */
  get state(): AgentState {
    return this.#session.gate.state
  }

  /** Fires once this process may never act again; its reason is what `checkpoint()` throws from then on. */
  get signal(): AbortSignal {
    return this.#session.gate.signal
  }

  get connection(): AgentConnection {
    if (this.signal.aborted) return 'closed'
    return this.#starting ? this.#session.connection : 'new'
  }

  /** The run that this process holds, since `start()`. */
  get held(): RunInfo | undefined {
    return this.#session.run
  }

  /** Trust and level, as last heard. */
  get autonomy(): AutonomyView | undefined {
    return this.#session.autonomy
  }

  /**
   * Connects and starts the run; waits for an unreachable control plane until the signal aborts. A client whose start
   * failed is dead. Errors: RunHeldError; HoldpointError (`agent_locked`, `unauthenticated`, …); the signal's reason.
   */
  start({ signal }: Abortable = {}): Promise<RunInfo> {
    this.#starting ??= this.#session.start(signal)
    return this.#starting
  }

  /**
   * To be passed before each step is decided, and again before acting (AG3): returns at once while running under a
   * live lease, and waits while paused, awaiting input, or halted. A process that is frozen between this and its act
   * can still begin that one act on thawing (AG4). Errors: AgentStoppedError; HoldpointError (`unauthenticated`, …)
   * where its credentials ended it; the signal's reason.
   */
  checkpoint(options?: Abortable): Promise<void> {
    return this.#session.gate.checkpoint(options?.signal)
  }

  /** The checkpoint's answer at this instant, without waiting. */
  canContinue(): boolean {
    return this.#session.gate.canContinue()
  }

  /**
   * Asks for an action; deny and expiry are returned by the handle's `decision`. When the signal aborts while it is
   * undecided, the request is withdrawn. Errors: HoldpointError; AgentStoppedError; the signal's reason.
   */
  request(action: string, args: unknown, options?: RequestOptions): Promise<ActionHandle> {
    return this.#actions.request(action, args, options)
  }

  /**
   * Asks, waits, claims, runs what was approved, at most once, and reports how it went (AP9). The arguments given to
   * `act` are those that were approved, edited ones included. Errors: what `act` throws; as `request`.
   */
  run<A, T>(
    action: string,
    args: A,
    act: (args: A, context: ActContext) => T | Promise<T>,
    options?: ActOptions,
  ): Promise<ActResult<T>> {
    return this.#actions.run(action, args, act, options)
  }

  /** Asks a person and waits for the answer (ES5). Errors: HoldpointError; AgentStoppedError; the signal's reason. */
  ask(question: string, options?: QuestionOptions): Promise<Answer> {
    return this.#questions.ask(question, options)
  }

  /** Raises a ticket where policy says so (ES1). `context` is any JSON. Errors: as `ask`. */
  escalate(reason: string, context: unknown, options?: EscalateOptions): Promise<Escalation> {
    return this.#questions.escalate(reason, context, options)
  }

  /**
   * Says how sure the agent is of a decision, in [0, 1], before it acts on it (ES1). Opens a ticket where policy says
   * that this is too little; whether it did is the answer. Does not wait for a person. Errors: as `ask`.
   */
  async check(
    decision: string,
    confidence: number,
    context: unknown = null,
    options: Omit<EscalateOptions, 'confidence'> = {},
  ): Promise<boolean> {
    const { raised } = await this.escalate('uncertainty', { decision, context }, { ...options, confidence })
    return raised
  }

  /**
   * Operators' instructions, each once, over all reconnects (IN2), and none while the agent is paused; ends with the run.
   * Several readers share them. An answer given while it is paused is sent when it goes on.
   */
  instructions(): AsyncIterableIterator<Instruction> {
    return this.#inbox.read()
  }

  /** Shown to operators; sent now or never. */
  progress(progress: { step?: string; message?: string; usage?: Record<string, number> }): void {
    this.#session.progress(progress)
  }

  /** Ends the run; `result` is any JSON. Errors: HoldpointError; AgentStoppedError; the signal's reason. */
  async complete(result?: unknown, { signal }: Abortable = {}): Promise<void> {
    const problem = result === undefined ? undefined : checkJson(result)
    if (problem) throw new HoldpointError(problem)
    await this.#session.complete(result, signal)
  }

  /** Aborts what runs, gives the lease back and disconnects; the run stays unfinished, to be taken over (AG6). */
  close(): Promise<void> {
    return this.#session.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #item(item: PushItem): void {
    if (item.type === 'instruction') this.#inbox.take(item.data)
    else if (
      item.type === 'approval.settled' ||
      item.type === 'question.settled' ||
      item.type === 'ticket.settled'
    )
      this.#settlements.take(item.data)
  }

  /** What we wait for and the server no longer lists has settled while we were away: look where. */
  #standing(open: readonly unknown[], instructions: readonly InstructionView[]): void {
    const views = open as readonly (ApprovalView | TicketView)[]
    for (const view of views) this.#settlements.take(view)
    for (const { kind, id } of this.#settlements.awaitedBeside(new Set(views.map((view) => view.id)))) {
      const looking = kind === 'approval' ? this.#actions.look(id) : this.#questions.look(id)
      looking.catch(() => {})
    }
    for (const instruction of instructions) this.#inbox.take(instruction)
  }
}
