import {
  type AgentRequestName,
  type AgentView,
  type AutonomyView,
  type ErrorCode,
  type InstructionView,
  newId,
  type PushItem,
  refusal,
} from '@holdpoint/shared'
import { Acknowledgement } from './acknowledgement.ts'
import { ActsInFlight } from './acts-in-flight.ts'
import { endingError, endings, heldError, listOf } from './agent-messages.ts'
import type { AgentClientOptions, RunInfo } from './agent-types.ts'
import { type Clocks, systemClocks } from './clocks.ts'
import { backoff } from './connection/backoff.ts'
import { Link } from './connection/link.ts'
import { Pending, type SendOptions } from './connection/pending.ts'
import { isObject, type Received, type Reply } from './connection/reading.ts'
import { type Connection, Refused, Unanswered } from './connection/socket.ts'
import { deferred } from './deferred.ts'
import { AgentStoppedError, HoldpointError } from './errors.ts'
import type { Gate } from './gate.ts'
import { type Logger, silent } from './logger.ts'
import { Outage } from './outage.ts'
import { Renewals } from './renewals.ts'
import { aborted } from './signals.ts'
import { Standing } from './standing.ts'

/** What the session tells the parts above it. */
export interface SessionHooks {
  /** In order, each once. */
  readonly item: (item: PushItem) => void
  /** Where everything open stands, after a start, a resume or a gap. */
  readonly standing: (open: readonly unknown[], instructions: readonly InstructionView[]) => void
  readonly ended: () => void
}

/** One try is given up after this; the same key goes out again. */
const TRY_TIMEOUT_MS = 15_000
/** A renewal gets two thirds of the lease, and this at least, before its connection is taken for dead. */
const LEAST_RENEWAL_TIMEOUT_MS = 2_000
const DEFAULT_LEASE_MS = 15_000
/** While there is no lease to act under, ask this often. */
const HALTED_RENEWAL_MS = 1_000
/** A takeover asks again at least this often. */
const TAKEOVER_PACE_MS = 2_000
/** What is left to say after the end (a report, an acknowledgement) gets this long. */
const LAST_WORDS_MS = 5_000

const RETRIED: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'unknown',
  'draining',
  'rate_limited',
  'internal',
])

/** What is said even after the end: how an interrupted act went. */
const isLastWord = (event: string): boolean => event === 'action.report'

/** One process holding one run, over any number of connections, from its start to its end. */
export class AgentSession {
  readonly instance = newId()
  readonly acts = new ActsInFlight(() => void this.#acknowledgement.say())
  readonly clocks: Clocks
  readonly logger: Logger
  readonly #options: AgentClientOptions
  readonly #hooks: SessionHooks
  readonly #standing: Standing
  readonly #renewals: Renewals
  readonly #acknowledgement: Acknowledgement
  readonly #link: Link
  readonly #pending: Pending
  readonly #outage: Outage
  readonly #started = deferred<RunInfo>()
  /**
   * One for every try, over all connections and refusals, since any of them may still be done: its answer got lost, or a slow
   * node takes it up late (PR2). Under a key of its own such a late one would take the run from this very process (AG6).
   */
  readonly #startKey = newId()
  #startSignal: AbortSignal | undefined
  #run: RunInfo | undefined
  #leaseMs = DEFAULT_LEASE_MS
  /** Resumed on this connection: requests may go out. */
  #live = false
  #everLive = false
  /** What was pushed before the run was resumed on this connection. */
  #early: unknown[] = []
  /** The run was over when it was to be resumed to complete it. */
  #overBefore = false
  /** The last connection is gone: not even a last word reaches the server. */
  #gone = false
  #closing: Promise<void> | undefined

  constructor(options: AgentClientOptions, hooks: SessionHooks) {
    const { clocks = systemClocks, logger = silent, url, token } = options
    this.#options = options
    this.#hooks = hooks
    this.clocks = clocks
    this.logger = logger
    this.#outage = new Outage(url, clocks, options.logger)
    this.#standing = new Standing(clocks, {
      ask: (when) => (when === 'now' ? this.#renewals.now() : this.#renewals.ifIdle()),
      item: hooks.item,
      enforced: (seq, state, explicit) => {
        this.#acknowledgement.enforced(seq, state, explicit)
        void this.#acknowledgement.say()
      },
      end: (error) => this.end(error),
      malformed: (what) => logger.warn(`ignored a ${what} that is none`),
    })
    this.#renewals = new Renewals(
      clocks,
      () => this.#renew(),
      () => this.#renewalDelayMs(),
    )
    this.#acknowledgement = new Acknowledgement(
      (enforced) => this.#acknowledge(enforced),
      () => this.#live && !this.acts.isExecuting,
    )
    this.#link = new Link(
      { url, namespace: '/agent', token, clocks, logger },
      {
        establish: (connection) => this.#establish(connection),
        received: (event, payload) => this.#received(event, payload),
        lost: () => this.#lost(),
        missed: (reason) => this.#outage.because(reason),
        failed: (error) => {
          this.end(error)
          this.#disconnect()
        },
      },
    )
    this.#pending = new Pending({
      exchange: async (event, payload) =>
        this.#exchange(this.#connected(), event as AgentRequestName, payload),
      clocks,
      backoff: () => backoff(),
      retry: (error) => RETRIED.has(error.code) && !this.gate.ended,
    })
  }

  get gate(): Gate {
    return this.#standing.gate
  }

  get run(): RunInfo | undefined {
    return this.#run
  }

  get autonomy(): AutonomyView | undefined {
    return this.#standing.autonomy
  }

  /** The fencing token that goes with every request. */
  get epoch(): string {
    return this.#run?.epoch ?? ''
  }

  get connection(): 'connecting' | 'live' | 'reconnecting' {
    if (this.#live) return 'live'
    return this.#everLive ? 'reconnecting' : 'connecting'
  }

  /** Errors: RunHeldError; HoldpointError; the signal's reason. All of them end the session. */
  async start(signal: AbortSignal | undefined): Promise<RunInfo> {
    this.#startSignal = signal
    this.#outage.begin()
    this.#link.open()
    try {
      return await aborted(signal, this.#started.promise)
    } catch (error) {
      this.end(error instanceof HoldpointError ? error : endings.closed())
      this.#disconnect()
      throw error
    }
  }

  /**
   * One request under its key until it is answered, over all reconnects. Errors: HoldpointError; what the gate ended
   * with; the signal's reason.
   */
  async call(event: AgentRequestName, payload: object, options?: SendOptions): Promise<Received> {
    if (this.gate.ended && (this.#gone || !isLastWord(event))) throw this.gate.ended
    if (!this.#run) throw new HoldpointError(refusal('agent_stopped', 'Call start() first.'))
    return this.#pending.send(event, payload, options)
  }

  /** Shown to operators; sent now or never. */
  progress(payload: object): void {
    if (this.#live && !this.gate.ended)
      this.#link.connection?.tell('progress', { ...payload, epoch: this.epoch })
  }

  async complete(result: unknown, signal: AbortSignal | undefined): Promise<void> {
    this.#standing.completing = true
    try {
      await this.call('run.complete', { key: newId(), epoch: this.epoch, result }, { signal })
    } catch (error) {
      if (!this.#overBefore || this.gate.ended || signal?.aborted) throw error
      // The answer was lost with its connection, and the run is over: by this, or by an operator's stop meanwhile.
      this.end(endings.unanswered())
      throw this.gate.ended
    } finally {
      this.#standing.completing = false
    }
    this.end(endings.completed())
  }

  /** A clean exit (AG6): what runs is told to stop, then the lease is given back, and the socket closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** For good. Without a `close()` it disconnects by itself once the last words are said. */
  end(error: HoldpointError): void {
    if (this.gate.ended) return
    this.gate.end(error)
    this.#outage.end()
    this.#renewals.close()
    this.#started.reject(error)
    this.#pending.fail(error, isLastWord)
    this.#hooks.ended()
    if (!(error instanceof AgentStoppedError && error.ended === 'closed'))
      this.#lastWords().then(() => this.#disconnect())
  }

  // ── the connection ────────────────────────────────────────────────────────────────────────────────────────────

  async #establish(connection: Connection): Promise<void> {
    if (this.gate.ended) throw new Refused(this.gate.ended)
    this.#early = []
    if (this.#run) await this.#resume(connection)
    else await this.#begin(connection)
    this.#live = true
    this.#everLive = true
    this.#outage.over()
    for (const push of this.#early.splice(0)) this.#standing.push(push)
    this.#pending.open()
    void this.#acknowledgement.say()
    if (!this.gate.ended) this.#renewals.open()
    if (this.#run) this.#started.resolve(this.#run)
  }

  /** Starts the run; with `takeover`, waits for the other process's lease to run out (AG6). */
  async #begin(connection: Connection): Promise<void> {
    const { agent, run, task, name, framework, leaseMs, takeover } = this.#options
    const payload = { instance: this.instance, agent, run, task, name, framework, leaseMs, takeover }
    for (;;) {
      const reply = await this.#exchange(connection, 'run.start', { key: this.#startKey, ...payload })
      if (reply.ok) {
        this.#take(reply.body)
        return
      }
      if (RETRIED.has(reply.error.code)) throw new Error(reply.error.message)
      const held = heldError(reply.error)
      if (held?.retryAfterMs === undefined) throw new Refused(held ?? new HoldpointError(reply.error))
      this.#outage.because('the process that held the run may still act until its lease has run out')
      // Sooner than told where that is long: a clean exit of the other process releases at once.
      await this.#wait(Math.min(held.retryAfterMs, TAKEOVER_PACE_MS), connection)
    }
  }

  async #resume(connection: Connection): Promise<void> {
    const { id: run, epoch, agent } = this.#run as RunInfo
    const reply = await this.#exchange(connection, 'run.resume', {
      agent: this.#options.agent === undefined ? undefined : agent,
      run,
      epoch,
      instance: this.instance,
      after: this.#standing.last,
    })
    if (reply.ok) {
      this.#take(reply.body)
      return
    }
    if (RETRIED.has(reply.error.code)) throw new Error(reply.error.message)
    // Its answer got lost with the connection: the same key may bring it back.
    if (this.#standing.completing && reply.error.code === 'agent_stopped') {
      this.#overBefore = true
      this.gate.setState('stopped')
      return
    }
    // The server knows no such run any more, whatever the reason: nothing may be done in its name.
    const error = endingError(reply.error) ?? new AgentStoppedError('lost', reply.error)
    this.end(error)
    throw new Refused(error)
  }

  /** The answer to a start or a resume: where everything stands. */
  #take(body: Received): void {
    const { agent, run, open, instructions, missed, leaseMs, seq } = body
    if (!isObject(agent) || !isObject(run)) throw new Error('the server answered without a run')
    this.#run ??= {
      id: String(run.id),
      epoch: String(run.epoch),
      agent: String(agent.id),
      open: listOf(open) as unknown as RunInfo['open'],
    }
    this.#standing.identify(agent as unknown as AgentView, this.#run.epoch)
    if (typeof leaseMs === 'number' && leaseMs > 0) this.#leaseMs = leaseMs
    for (const push of listOf(missed)) this.#standing.push(push)
    this.#standing.caughtUp(seq)
    this.#hooks.standing(listOf(open), listOf(instructions) as unknown as InstructionView[])
  }

  #received(event: string, payload: unknown): void {
    if (event === 'order') this.#standing.noticed(payload)
    else if (event !== 'push') return
    else if (this.#live) this.#standing.push(payload)
    else this.#early.push(payload)
  }

  #lost(): void {
    this.#live = false
    this.#renewals.close()
    this.#pending.suspend()
    if (this.gate.ended) this.#disconnect()
    else this.#outage.begin()
  }

  #disconnect(): void {
    this.#gone = true
    this.#link.close()
    if (this.gate.ended) this.#pending.fail(this.gate.ended)
  }

  #connected(): Connection {
    const { connection } = this.#link
    if (!connection) throw new Unanswered('not connected', true)
    return connection
  }

  /** One try; its answer is heard before anything that the server sent later. Errors: Unanswered. */
  async #exchange(
    connection: Connection,
    event: AgentRequestName,
    payload: object,
    timeoutMs = TRY_TIMEOUT_MS,
  ): Promise<Reply> {
    const sent = this.#standing.sending()
    return connection.exchange(event, payload, timeoutMs, (reply) => this.#standing.heard(event, reply, sent))
  }

  // ── what goes out by itself ───────────────────────────────────────────────────────────────────────────────────

  #renewalDelayMs(): number {
    const halted = this.gate.state === 'running' && !this.gate.canContinue()
    return Math.min(this.#leaseMs / 3, halted ? HALTED_RENEWAL_MS : Number.POSITIVE_INFINITY)
  }

  async #renew(): Promise<void> {
    const payload = { epoch: this.epoch, after: this.#standing.last }
    const timeoutMs = Math.max(LEAST_RENEWAL_TIMEOUT_MS, (this.#leaseMs * 2) / 3)
    try {
      const connection = this.#connected()
      const reply = await this.#exchange(connection, 'lease.renew', payload, timeoutMs)
      if (reply.ok) for (const push of listOf(reply.body.missed)) this.#standing.push(push)
      // More was missed than is kept at hand, or the server no longer knows who speaks here: resume says it all.
      const lost = reply.ok ? this.#standing.isBehind(reply.body.seq) : UNBOUND.has(reply.error.code)
      if (lost && !this.gate.ended) await this.#resume(connection)
      void this.#acknowledgement.say()
    } catch (error) {
      this.logger.warn('the lease could not be renewed', { error: String(error) })
      // A connection that leaves a renewal unanswered for so long is dead, whatever TCP believes.
      if (error instanceof Unanswered && !error.lost) this.#link.drop('a renewal was not answered')
    }
  }

  async #acknowledge(enforced: object): Promise<boolean> {
    try {
      const reply = await this.#exchange(this.#connected(), 'control.ack', { epoch: this.epoch, ...enforced })
      return reply.ok || !RETRIED.has(reply.error.code)
    } catch (error) {
      // The next renewal or connection says it again.
      this.logger.warn('a state could not be acknowledged', { error: String(error) })
      return false
    }
  }

  // ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #close(): Promise<void> {
    // An order aborted it; how it stands on this very agent is on its way, and is acknowledged before we go (AG2).
    if (this.gate.isAborted && !this.gate.ended) await this.#within(this.gate.checkpoint().catch(() => {}))
    if (this.gate.ended) await this.#within(this.#lastWords())
    else {
      this.end(endings.closed())
      await this.#within(this.#lastWords())
      // An act that won't end keeps the lease out: another process must not act beside it.
      if (this.acts.isIdle) await this.#within(this.#giveLeaseBack())
    }
    this.#disconnect()
  }

  /** Resolves once nothing is being acted on or reported any more, and what was reached is acknowledged. */
  async #lastWords(): Promise<void> {
    await this.acts.idle()
    if (this.#acknowledgement.isDue) await this.#within(this.#acknowledgement.say())
  }

  async #giveLeaseBack(): Promise<void> {
    const { connection } = this.#link
    if (!this.#live || !connection) return
    await this.#exchange(connection, 'lease.release', { epoch: this.epoch }, LAST_WORDS_MS).catch(() => {})
  }

  async #within(work: Promise<unknown>): Promise<void> {
    const timedOut = deferred<void>()
    const cancel = this.clocks.after(LAST_WORDS_MS, () => timedOut.resolve())
    await Promise.race([work, timedOut.promise])
    cancel()
  }

  /** Errors: Unanswered where the connection is lost meanwhile; the reason of the start's signal. */
  async #wait(ms: number, connection: Connection): Promise<void> {
    const over = deferred<void>()
    const cancel = this.clocks.after(ms, () => over.resolve())
    const lost = connection.lost.then((reason) => {
      throw new Unanswered(reason, true)
    })
    try {
      await aborted(this.#startSignal, Promise.race([over.promise, lost]))
    } finally {
      cancel()
    }
  }
}

/** This connection does not, or no longer, speak for the run. */
const UNBOUND: ReadonlySet<ErrorCode> = new Set(['conflict', 'not_found'])
