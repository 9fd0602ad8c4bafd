import {
  type AgentRequestName,
  type AgentState,
  type AgentView,
  type AutonomyView,
  agentStates,
  compareEpochs,
  EPOCH_PATTERN,
  type Epoch,
  type ErrorCode,
  type InstructionView,
  matches,
  newId,
  type OrderNotice,
  type Push,
  type PushItem,
  type Refusal,
  refusal,
} from '@holdpoint/shared'
import type { AgentClientOptions, RunInfo } from './agent-types.ts'
import { type Clocks, systemClocks } from './clocks.ts'
import { backoff } from './connection/backoff.ts'
import { Link } from './connection/link.ts'
import { Pending, type SendOptions } from './connection/pending.ts'
import { isObject, type Received, type Reply, retryAfterMs } from './connection/reading.ts'
import { type Connection, Refused, Unanswered } from './connection/socket.ts'
import { type Deferred, deferred } from './deferred.ts'
import { AgentStoppedError, HoldpointError, RunHeldError, RunSupersededError } from './errors.ts'
import { Gate } from './gate.ts'
import { Lease, type Sent } from './lease.ts'
import { type Logger, silent } from './logger.ts'
import { PushOrder } from './push-order.ts'
import { aborted } from './signals.ts'

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
const DEFAULT_LEASE_MS = 15_000
/** A takeover asks again at least this often. */
const TAKEOVER_PACE_MS = 2_000
/** While there is no lease to act under, ask this often. */
const HALTED_RENEWAL_MS = 1_000
/** What is left to say after a stop (a report, an acknowledgement) gets this long. */
const LAST_WORDS_MS = 5_000

const RETRIED: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'unknown',
  'draining',
  'rate_limited',
  'internal',
])
/** Answers that mean: this process will never act again. */
const ENDING: ReadonlySet<ErrorCode> = new Set(['agent_stopped', 'agent_locked', 'stale_epoch'])
/** Answers that mean: things stand otherwise than we believe. */
const DOUBTING: ReadonlySet<ErrorCode> = new Set(['paused', 'under_order', 'lease_lost'])

/**
 * One process holding one run over any number of connections: start and resume, the envelope of each answer, pushes
 * in order, orders, the lease and its renewals, the acknowledgement of what the gate enforces.
 * It is level-triggered: whatever a push said or failed to say, the next answer shows where things stand.
 */
export class AgentSession {
  readonly instance = newId()
  readonly gate: Gate
  readonly clocks: Clocks
  readonly logger: Logger
  readonly #options: AgentClientOptions
  readonly #hooks: SessionHooks
  readonly #lease: Lease
  readonly #link: Link
  readonly #pending: Pending
  readonly #order = new PushOrder()
  readonly #started = deferred<RunInfo>()
  readonly #startKey = newId()
  #startSignal: AbortSignal | undefined
  #run: RunInfo | undefined
  #agent: AgentView | undefined
  #autonomy: AutonomyView | undefined
  #leaseMs = DEFAULT_LEASE_MS
  /** Resumed on this connection: requests may go out. */
  #live = false
  #everLive = false
  /** What was pushed before the run was resumed on this connection. */
  #early: unknown[] = []
  /** Answers to what was sent up to here can't lift the hold that an order put on. */
  #doubtedAt = 0
  #sends = 0
  #renewing: Promise<void> | undefined
  #renewAgain = false
  #cancelRenewal: () => void = () => {}
  #completing = false
  /** The run was over when it was to be resumed to complete it. */
  #overBefore = false
  /** The last connection is gone: not even a last word reaches the server. */
  #gone = false
  /** What the server was last told to be enforced, or is about to be; set apart while that has no answer yet. */
  #told: { readonly seq: number; readonly state: AgentState } = { seq: 0, state: 'running' }
  #toAcknowledge: { readonly seq: number; readonly state: AgentState } | undefined
  #acknowledging = false
  /** Calls of `run()` that have not come to their end; and of these, whose act is being executed. */
  #acts = 0
  #executing = 0
  #idle: Deferred<void> | undefined

  constructor(options: AgentClientOptions, hooks: SessionHooks) {
    this.#options = options
    this.#hooks = hooks
    this.clocks = options.clocks ?? systemClocks
    this.logger = options.logger ?? silent
    this.#lease = new Lease(this.clocks)
    this.gate = new Gate(this.#lease, () => this.#renewIfIdle())
    this.#link = new Link(
      {
        url: options.url,
        namespace: '/agent',
        token: options.token,
        clocks: this.clocks,
        logger: this.logger,
      },
      {
        establish: (connection) => this.#establish(connection),
        received: (event, payload) => this.#received(event, payload),
        lost: () => this.#lost(),
        failed: (error) => this.#failed(error),
      },
    )
    this.#pending = new Pending({
      exchange: async (event, payload) => this.#exchange(this.#connected(), event, payload),
      clocks: this.clocks,
      backoff: () => backoff(),
      retry: (error) => RETRIED.has(error.code) && !this.gate.ended,
    })
  }

  get run(): RunInfo | undefined {
    return this.#run
  }

  get autonomy(): AutonomyView | undefined {
    return this.#autonomy
  }

  get connection(): 'connecting' | 'live' | 'reconnecting' | 'closed' {
    if (this.gate.ended && !this.#live) return 'closed'
    if (this.#live) return 'live'
    return this.#everLive ? 'reconnecting' : 'connecting'
  }

  /** Errors: RunHeldError; HoldpointError; the signal's reason. All of them end the session. */
  async start(signal: AbortSignal | undefined): Promise<RunInfo> {
    this.#startSignal = signal
    this.#link.open()
    try {
      return await aborted(signal, this.#started.promise)
    } catch (error) {
      this.end(error instanceof HoldpointError ? error : closedError())
      this.#disconnect()
      throw error
    }
  }

  /**
   * One request under its key until it is answered, over all reconnects. Errors: HoldpointError; what the gate ended
   * with; the signal's reason.
   */
  async call<N extends AgentRequestName>(
    event: N,
    payload: object,
    options?: SendOptions,
  ): Promise<Received> {
    if (this.gate.ended && (this.#gone || !isLastWord(event))) throw this.gate.ended
    if (!this.#run) throw new HoldpointError(refusal('agent_stopped', 'Call start() first.'))
    return this.#pending.send(event, payload, options)
  }

  /** The fencing token that goes with every request. */
  get epoch(): string {
    return this.#run?.epoch ?? ''
  }

  /** Closes the gate until the server has said how things stand now. */
  doubt(): void {
    this.#distrust()
    this.#renew()
  }

  /** Shown to operators; sent now or never. */
  progress(payload: object): void {
    if (this.#live && !this.gate.ended)
      this.#link.connection?.tell('progress', { ...payload, epoch: this.epoch })
  }

  /** An act is being executed: until it is over, a pause or a stop is not acknowledged as reached (AG2). */
  executing(): () => void {
    this.#executing += 1
    return () => {
      this.#executing -= 1
      this.#acknowledge()
    }
  }

  /** A `run()` is under way: the end waits for its report, and the lease is not given back under it. */
  acting(): () => void {
    this.#acts += 1
    return () => {
      this.#acts -= 1
      if (this.#acts === 0) this.#idle?.resolve()
    }
  }

  async complete(result: unknown, signal: AbortSignal | undefined): Promise<void> {
    this.#completing = true
    try {
      await this.call('run.complete', { key: newId(), epoch: this.epoch, result }, { signal })
    } catch (error) {
      if (!this.#overBefore || this.gate.ended || signal?.aborted) throw error
      // The answer was lost with its connection, and the run is over: by this, or by an operator's stop meanwhile.
      this.end(
        new AgentStoppedError(
          'lost',
          refusal('agent_stopped', 'The run is over; its completion has no answer.'),
        ),
      )
      throw this.gate.ended
    } finally {
      this.#completing = false
    }
    this.end(new AgentStoppedError('completed', refusal('agent_stopped', 'This run is complete.')))
  }

  /** A clean exit (AG6): what is running is told to stop, then the lease is given back, and the socket closed. */
  async close(): Promise<void> {
    const running = this.#run && !this.gate.ended
    this.end(closedError())
    if (running) {
      // An act that won't end keeps the lease out: another process must not act beside it.
      if (await this.#lastWords(LAST_WORDS_MS)) await this.#giveLeaseBack()
    }
    this.#disconnect()
  }

  /** For good. Without a `close()` it disconnects by itself once the last words are said. */
  end(error: HoldpointError): void {
    if (this.gate.ended) return
    this.gate.end(error)
    this.#cancelRenewal()
    this.#started.reject(error)
    this.#pending.fail(error, isLastWord)
    this.#hooks.ended()
    if (error instanceof AgentStoppedError && error.ended === 'closed') return
    this.#lastWords().then(() => this.#disconnect())
  }

  // ── connection ────────────────────────────────────────────────────────────────────────────────────────────────

  async #establish(connection: Connection): Promise<void> {
    if (this.gate.ended) throw new Refused(this.gate.ended)
    this.#early = []
    if (this.#run) await this.#resume(connection)
    else await this.#begin(connection)
    this.#live = true
    this.#everLive = true
    for (const push of this.#early.splice(0)) this.#push(push)
    this.#pending.open()
    this.#acknowledge()
    this.#scheduleRenewal()
    if (this.#run) this.#started.resolve(this.#run)
  }

  /** Starts the run; with `takeover`, waits for the other process's lease to run out (AG6). */
  async #begin(connection: Connection): Promise<void> {
    const { agent, run, task, name, framework, leaseMs, takeover } = this.#options
    let key = this.#startKey
    for (;;) {
      const reply = await this.#exchange(connection, 'run.start', {
        key,
        instance: this.instance,
        agent,
        run,
        task,
        name,
        framework,
        leaseMs,
        takeover,
      })
      if (reply.ok) {
        this.#take(reply.body)
        return
      }
      if (RETRIED.has(reply.error.code)) throw new Error(reply.error.message)
      const held = heldError(reply.error)
      if (!takeover || held?.retryAfterMs === undefined)
        throw new Refused(held ?? new HoldpointError(reply.error))
      // Sooner than told where that is long: a clean exit of the other process releases at once.
      await this.#wait(Math.min(held.retryAfterMs, TAKEOVER_PACE_MS), connection)
      // A definite refusal: the next try is another request.
      key = newId()
    }
  }

  async #resume(connection: Connection): Promise<void> {
    const { id, epoch, agent } = this.#run as RunInfo
    const reply = await this.#exchange(connection, 'run.resume', {
      agent: this.#options.agent === undefined ? undefined : agent,
      run: id,
      epoch,
      instance: this.instance,
      after: this.#order.last,
    })
    if (reply.ok) {
      this.#take(reply.body)
      return
    }
    if (RETRIED.has(reply.error.code)) throw new Error(reply.error.message)
    // Its answer got lost with the connection: the same key brings it back.
    if (this.#completing && reply.error.code === 'agent_stopped') {
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
    if (isObject(body.run) && isObject(body.agent) && !this.#run)
      this.#run = {
        id: String(body.run.id),
        epoch: String(body.run.epoch),
        agent: String(body.agent.id),
        open: listOf(body.open) as unknown as RunInfo['open'],
      }
    if (!this.#run) throw new Error('the answer to run.start names no run')
    if (isObject(body.agent)) {
      this.#agent = body.agent as unknown as AgentView
      if (isObject(body.agent.autonomy)) this.#autonomy = this.#agent.autonomy
    }
    if (typeof body.leaseMs === 'number' && body.leaseMs > 0) this.#leaseMs = body.leaseMs
    for (const push of listOf(body.missed)) this.#push(push)
    if (typeof body.seq === 'number') this.#order.jump(body.seq)
    this.#hooks.standing(listOf(body.open), listOf(body.instructions) as unknown as InstructionView[])
  }

  #lost(): void {
    this.#live = false
    this.#cancelRenewal()
    this.#pending.suspend()
    if (this.gate.ended) this.#disconnect()
  }

  #disconnect(): void {
    this.#gone = true
    this.#link.close()
    if (this.gate.ended) this.#pending.fail(this.gate.ended)
  }

  #failed(error: HoldpointError): void {
    this.#started.reject(error)
    this.end(error)
    this.#disconnect()
  }

  #connected(): Connection {
    const { connection } = this.#link
    if (!connection) throw new Unanswered('not connected', true)
    return connection
  }

  // ── what comes in ─────────────────────────────────────────────────────────────────────────────────────────────

  /** One try; the envelope is heard before anything that the server sent later. Errors: Unanswered. */
  async #exchange(
    connection: Connection,
    event: string,
    payload: object,
    timeoutMs = TRY_TIMEOUT_MS,
  ): Promise<Reply> {
    const sent = this.#lease.sending()
    this.#sends = sent.order
    return connection.exchange(event, payload, timeoutMs, (reply) => this.#heard(event, reply, sent))
  }

  #heard(event: string, reply: Reply, sent: Sent): void {
    const { body } = reply
    // What stands for whom a start was refused to is not where this process stands: it holds no run.
    if (event === 'run.start' && !reply.ok) return
    if (typeof body.ttlMs === 'number' && !this.gate.ended) this.#lease.granted(sent, body.ttlMs)
    // Only these are answered after a look at the standing orders (AG7).
    if (reply.ok && sent.order > this.#doubtedAt && ASKS_ORDERS.has(event)) this.gate.release()
    if (typeof body.seq === 'number' && isState(body.state)) this.#stands(event, body.seq, body.state)
    if (!reply.ok) this.#refused(event, reply.error)
    this.gate.wake()
  }

  #stands(event: string, seq: number, state: AgentState): void {
    if (event === 'run.complete' && state === 'stopped') return
    this.#enforce(seq, state, false)
    const told = event === 'run.start' || event === 'run.resume' || event === 'lease.renew'
    if (!told && this.#live && this.#order.isBehind(seq)) this.#renew()
  }

  #distrust(): void {
    this.#doubtedAt = this.#sends
    this.gate.hold()
  }

  #refused(event: string, error: Refusal): void {
    if (DOUBTING.has(error.code)) {
      // Asking again at once would only hear the same again: the next renewal is soon enough.
      if (event === 'lease.renew') this.#distrust()
      else this.doubt()
    } else if (ENDING.has(error.code) && event !== 'run.resume') {
      const ending = endingError(error)
      if (ending) this.end(ending)
    }
  }

  #received(event: string, payload: unknown): void {
    if (event === 'push') {
      if (this.#live) this.#push(payload)
      else this.#early.push(payload)
    } else if (event === 'order') this.#noticed(payload)
  }

  /** AG7: the gate closes first, and what stands is asked for then. */
  #noticed(payload: unknown): void {
    const notice = isObject(payload) ? (payload as unknown as Partial<OrderNotice>) : {}
    if (!this.#concerns(notice)) return
    if (notice.lifted === true) this.#renew()
    else this.doubt()
  }

  /** What we can't judge concerns us. */
  #concerns({ selector }: Partial<OrderNotice>): boolean {
    if (!this.#agent || !isObject(selector)) return true
    try {
      return matches(selector, { id: this.#agent.id, labels: this.#agent.labels })
    } catch {
      return true
    }
  }

  #push(payload: unknown): void {
    const push = readPush(payload)
    if (!push) {
      this.logger.warn('ignored a push that is none')
      this.#renew()
      return
    }
    if (this.#order.hasSeen(push.seq)) return
    this.#enforce(push.seq, push.state, push.items.length === 0)
    if (!this.#order.isNext(push.seq)) {
      this.#renew()
      return
    }
    this.#order.jump(push.seq)
    for (const item of push.items) this.#item(item)
  }

  #item(item: PushItem): void {
    if (item.type === 'run.superseded') {
      // It names the newest epoch that lost; one that took over later is not meant.
      if (!isNewer(this.epoch, item.data.epoch)) this.end(supersededError())
      return
    }
    if (item.type === 'autonomy.changed') this.#autonomy = item.data
    this.#hooks.item(item)
  }

  /** The gate follows the newest state; what it now enforces is to be acknowledged (AG2). */
  #enforce(seq: number, state: AgentState, explicit: boolean): void {
    if (this.gate.ended || !this.#order.newerState(seq)) return
    if (state === 'stopped' && this.#completing) {
      this.gate.setState(state)
      return
    }
    this.gate.setState(state)
    const enforced = state === 'paused' || state === 'stopped' ? state : 'active'
    // Paused again after a resume that we never saw: the server waits for this one's acknowledgement.
    const again = explicit && enforced === 'paused' && seq > this.#told.seq
    if (enforced !== classOf(this.#told.state) || again) {
      this.#told = { seq, state }
      this.#toAcknowledge = this.#told
    }
    if (state === 'stopped') this.end(stoppedError())
    // While it was paused it had no lease; nothing but its own asking gets it one.
    if (state === 'running' && !this.gate.canContinue()) this.#renew()
    this.#acknowledge()
  }

  // ── what goes out by itself ───────────────────────────────────────────────────────────────────────────────────

  async #acknowledge(): Promise<void> {
    if (this.#acknowledging || !this.#live || this.#executing > 0) return
    this.#acknowledging = true
    try {
      for (let due = this.#toAcknowledge; due; due = this.#toAcknowledge) {
        const reply = await this.#exchange(this.#connected(), 'control.ack', { epoch: this.epoch, ...due })
        if (!reply.ok && RETRIED.has(reply.error.code)) return
        if (this.#toAcknowledge === due) this.#toAcknowledge = undefined
      }
    } catch (error) {
      // Lost or slow: the next renewal or connection says it again.
      if (!(error instanceof Unanswered))
        this.logger.warn('a state could not be acknowledged', { error: String(error) })
    } finally {
      this.#acknowledging = false
    }
  }

  #scheduleRenewal(): void {
    this.#cancelRenewal()
    if (this.gate.ended) return
    const halted = this.gate.state === 'running' && !this.gate.canContinue()
    const everyMs = this.#leaseMs / 3
    const delayMs = halted ? Math.min(everyMs, HALTED_RENEWAL_MS) : everyMs
    this.#cancelRenewal = this.clocks.after(delayMs, () => this.#renew(), true)
  }

  /** Somebody waits at the gate: after a sleep of the machine the next renewal may be far off. */
  #renewIfIdle(): void {
    if (!this.#renewing) this.#renew()
  }

  /** Asks where things stand, now; joins the one in flight, and asks again after it, for it may have left too early. */
  #renew(): void {
    if (this.#renewing) {
      this.#renewAgain = true
      return
    }
    if (!this.#live || this.gate.ended) return
    this.#renewing = this.#renewOnce()
      .catch((error: unknown) => {
        this.logger.warn('the lease could not be renewed', { error: String(error) })
        // A connection that leaves a renewal unanswered for so long is dead, whatever TCP believes.
        if (error instanceof Unanswered && !error.lost) this.#link.drop('a renewal was not answered')
      })
      .finally(() => {
        this.#renewing = undefined
        const again = this.#renewAgain
        this.#renewAgain = false
        if (again) this.#renew()
        else if (this.#live) this.#scheduleRenewal()
      })
  }

  async #renewOnce(): Promise<void> {
    const connection = this.#connected()
    const reply = await this.#exchange(
      connection,
      'lease.renew',
      { epoch: this.epoch, after: this.#order.last },
      Math.max(2_000, (this.#leaseMs * 2) / 3),
    )
    this.#acknowledge()
    if (!reply.ok) return
    for (const push of listOf(reply.body.missed)) this.#push(push)
    // More was missed than is kept at hand: ask for the whole of it.
    const { seq } = reply.body
    if (typeof seq === 'number' && this.#order.isBehind(seq) && !this.gate.ended)
      await this.#resume(connection)
  }

  /** True once nothing is being acted on or reported any more. An act that won't end is waited for, or given up on. */
  async #lastWords(patienceMs?: number): Promise<boolean> {
    if (this.#acts > 0) {
      this.#idle ??= deferred()
      await (patienceMs === undefined ? this.#idle.promise : this.#within(this.#idle.promise))
    }
    if (this.#toAcknowledge) await this.#within(this.#acknowledge())
    return this.#acts === 0
  }

  async #giveLeaseBack(): Promise<void> {
    const { connection } = this.#link
    if (!this.#live || !connection) return
    await this.#within(
      this.#exchange(connection, 'lease.release', { epoch: this.epoch }, LAST_WORDS_MS).catch(() => {}),
    )
  }

  async #within(work: Promise<unknown>): Promise<void> {
    const timedOut = deferred<void>()
    const cancel = this.clocks.after(LAST_WORDS_MS, () => timedOut.resolve())
    await Promise.race([work, timedOut.promise])
    cancel()
  }

  async #wait(ms: number, connection: Connection): Promise<void> {
    const over = deferred<void>()
    const cancel = this.clocks.after(ms, () => over.resolve())
    try {
      const gone = connection.lost.then((reason) => {
        throw new Unanswered(reason, true)
      })
      await aborted(this.#startSignal, Promise.race([over.promise, gone]))
    } finally {
      cancel()
    }
  }
}

/** What can't be compared is not newer: better halt than act beside another process. */
const isNewer = (mine: string, lost: unknown): boolean =>
  typeof lost === 'string' && EPOCH_PATTERN.test(lost) && compareEpochs(mine as Epoch, lost as Epoch) > 0

const ASKS_ORDERS: ReadonlySet<string> = new Set(['run.start', 'run.resume', 'lease.renew'])

/** What is said even after the end: how an interrupted act went. */
const isLastWord = (event: string): boolean => event === 'action.report'

const isState = (value: unknown): value is AgentState => (agentStates as readonly unknown[]).includes(value)

const classOf = (state: AgentState): 'active' | 'paused' | 'stopped' =>
  state === 'paused' || state === 'stopped' ? state : 'active'

const listOf = (value: unknown): readonly Received[] => (Array.isArray(value) ? value.filter(isObject) : [])

function readPush(value: unknown): Push | undefined {
  if (!isObject(value) || typeof value.seq !== 'number' || !isState(value.state)) return undefined
  const items = listOf(value.items).filter((item) => typeof item.type === 'string' && isObject(item.data))
  return { ...value, items } as unknown as Push
}

/** AG6: the `conflict` that names an unfinished run. */
function heldError(error: Refusal): RunHeldError | undefined {
  if (error.code !== 'conflict') return undefined
  const { run } = error.details ?? {}
  const id = isObject(run) ? run.id : run
  const waitMs = retryAfterMs(error)
  if (run === undefined && waitMs === undefined) return undefined
  return new RunHeldError(
    {
      ...error,
      message: `${error.message} This agent has an unfinished run; pass takeover: true to go on with it here.`,
    },
    typeof id === 'string' ? id : undefined,
    waitMs,
  )
}

function endingError(error: Refusal): AgentStoppedError | undefined {
  if (error.code === 'stale_epoch') return new RunSupersededError(error)
  if (error.code === 'agent_stopped' || error.code === 'agent_locked')
    return new AgentStoppedError('stopped', error)
  return undefined
}

const stoppedError = () =>
  new AgentStoppedError('stopped', refusal('agent_stopped', 'An operator stopped this agent.'))
const supersededError = () => new RunSupersededError(refusal('stale_epoch'))
const closedError = () =>
  new AgentStoppedError('closed', refusal('agent_stopped', 'This client was closed; its run is unfinished.'))
