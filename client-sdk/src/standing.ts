import {
  type AgentState,
  type AgentView,
  type AutonomyView,
  type ErrorCode,
  matches,
  type OrderNotice,
  type PushItem,
  type Refusal,
} from '@holdpoint/shared'
import { endingError, endings, isNewer, isState, readPush } from './agent-messages.ts'
import type { Clocks } from './clocks.ts'
import { isObject, type Reply } from './connection/reading.ts'
import type { HoldpointError } from './errors.ts'
import { Gate } from './gate.ts'
import { Lease, type Sent } from './lease.ts'
import { PushOrder } from './push-order.ts'

/** What follows from where the agent stands. */
export interface StandingHooks {
  /** What we believe may be behind: ask now, or unless somebody just does. */
  readonly ask: (when: 'now' | 'if idle') => void
  readonly item: (item: PushItem) => void
  readonly enforced: (seq: number, state: AgentState, explicit: boolean) => void
  readonly end: (error: HoldpointError) => void
  readonly malformed: (what: string) => void
}

/** Programs may end by the abort, and what they said right before may be lost with them: the acknowledgement, too (AG2). */
const ACKNOWLEDGED_FIRST_MS = 20
/** Answers that mean: things stand otherwise than we believe. */
const DOUBTING: ReadonlySet<ErrorCode> = new Set(['paused', 'under_order', 'lease_lost'])
/** Answered after a look at the standing orders (AG7), and with everything that was missed. */
const WHOLE: ReadonlySet<string> = new Set(['run.start', 'run.resume', 'lease.renew'])

/**
 * Where the agent stands, from everything the server says: the envelope of each answer, pushes in order, orders.
 * It moves the gate and the lease. Level-triggered: whatever a push failed to say, the next answer shows.
 */
export class Standing {
  readonly gate: Gate
  readonly #clocks: Clocks
  readonly #lease: Lease
  readonly #hooks: StandingHooks
  readonly #order = new PushOrder()
  #sends = 0
  /** Answers to what was sent up to here can't lift the hold that an order put on. */
  #doubtedAt = 0
  #agent: AgentView | undefined
  #autonomy: AutonomyView | undefined
  #epoch = ''
  /** A `run.complete` is out: a run that ends now ends by it. */
  completing = false

  constructor(clocks: Clocks, hooks: StandingHooks) {
    this.#clocks = clocks
    this.#hooks = hooks
    this.#lease = new Lease(clocks)
    this.gate = new Gate(this.#lease, () => hooks.ask('if idle'))
  }

  get autonomy(): AutonomyView | undefined {
    return this.#autonomy
  }

  /** The last push whose items were taken. */
  get last(): number {
    return this.#order.last
  }

  isBehind(seq: unknown): boolean {
    return typeof seq === 'number' && this.#order.isBehind(seq)
  }

  /** Who we are, by the answer to a start or resume. */
  identify(agent: AgentView, epoch: string): void {
    this.#agent = agent
    this.#epoch = epoch
    if (isObject(agent.autonomy)) this.#autonomy = agent.autonomy
  }

  /** Everything up to here was told. */
  caughtUp(seq: unknown): void {
    if (typeof seq === 'number') this.#order.jump(seq)
  }

  /** To be called right before a request leaves. */
  sending(): Sent {
    const sent = this.#lease.sending()
    this.#sends = sent.order
    return sent
  }

  /** An answer came, successful or not. */
  heard(event: string, reply: Reply, sent: Sent): void {
    const { body } = reply
    // What stands for whom a start was refused to is not where this process stands: it holds no run.
    if (event === 'run.start' && !reply.ok) return
    if (typeof body.ttlMs === 'number' && !this.gate.ended) this.#lease.granted(sent, body.ttlMs)
    // each outcome moves trust, and only a change of level is pushed
    if (reply.ok && event === 'action.report' && isObject(body.autonomy))
      this.#autonomy = body.autonomy as unknown as AutonomyView
    if (reply.ok && sent.order > this.#doubtedAt && WHOLE.has(event)) this.gate.release()
    if (typeof body.seq === 'number' && isState(body.state)) this.#stands(event, body.seq, body.state)
    // The order was lifted before it reached this agent; what it aborted stays aborted.
    if (
      reply.ok &&
      this.gate.isAborted &&
      !this.gate.ended &&
      sent.order > this.#doubtedAt &&
      WHOLE.has(event)
    )
      this.#hooks.end(endings.stopped())
    if (!reply.ok) this.#refused(event, reply.error)
    this.gate.wake()
  }

  /** Closes the gate until the server has said how things stand now. */
  doubt(): void {
    this.#distrust()
    this.#hooks.ask('now')
  }

  push(payload: unknown): void {
    const push = readPush(payload)
    if (!push) {
      this.#hooks.malformed('push')
      this.#hooks.ask('now')
      return
    }
    if (this.#order.hasSeen(push.seq)) return
    this.#enforce(push.seq, push.state, push.items.length === 0, push.stopped)
    if (!this.#order.isNext(push.seq)) {
      this.#hooks.ask('now')
      return
    }
    this.#order.jump(push.seq)
    for (const item of push.items) this.#item(item)
  }

  /** AG7: the gate closes first, and what stands is asked for then. */
  noticed(payload: unknown): void {
    const notice = isObject(payload) ? (payload as unknown as Partial<OrderNotice>) : {}
    const concerns = this.#concerns(notice)
    if (concerns === 'no') return
    if (notice.lifted === true) {
      this.#hooks.ask('now')
      return
    }
    // Committed before it was sent, so acts need not go on until it is recorded on every agent before this one.
    if (notice.effect === 'stop' && concerns === 'yes' && !this.gate.ended) {
      this.#hooks.enforced(this.last, 'stopped', true)
      this.#clocks.after(ACKNOWLEDGED_FIRST_MS, () => {
        if (!this.gate.ended) this.gate.abort(endings.stopped(notice))
      })
    }
    this.doubt()
  }

  #stands(event: string, seq: number, state: AgentState): void {
    if (event === 'run.complete' && state === 'stopped') return
    this.#enforce(seq, state, false)
    if (!WHOLE.has(event) && this.#order.isBehind(seq)) this.#hooks.ask('now')
  }

  #refused(event: string, error: Refusal): void {
    if (DOUBTING.has(error.code)) {
      // Asking again at once would only hear the same again: the next renewal is soon enough.
      if (event === 'lease.renew') this.#distrust()
      else this.doubt()
      return
    }
    const ending = event === 'run.resume' ? undefined : endingError(error)
    if (ending) this.#hooks.end(ending)
  }

  #distrust(): void {
    this.#doubtedAt = this.#sends
    this.gate.hold()
  }

  /** What we can't judge may concern us. */
  #concerns({ selector }: Partial<OrderNotice>): 'yes' | 'no' | 'maybe' {
    if (!this.#agent || !isObject(selector)) return 'maybe'
    try {
      return matches(selector, { id: this.#agent.id, labels: this.#agent.labels }) ? 'yes' : 'no'
    } catch {
      return 'maybe'
    }
  }

  #item(item: PushItem): void {
    if (item.type === 'run.superseded') {
      // It names the newest epoch that lost; one that took over later is not meant.
      if (!isNewer(this.#epoch, item.data.epoch)) this.#hooks.end(endings.superseded())
      return
    }
    if (item.type === 'autonomy.changed') this.#autonomy = item.data
    this.#hooks.item(item)
  }

  /** The gate follows the newest state. */
  #enforce(seq: number, state: AgentState, explicit: boolean, stopped?: unknown): void {
    if (this.gate.ended || !this.#order.newerState(seq)) return
    const before = this.gate.state
    this.gate.setState(state)
    if (state === 'stopped' && this.completing) return
    this.#hooks.enforced(seq, state, explicit)
    if (state === 'stopped') this.#hooks.end(endings.stopped(stopped))
    // While it was paused it had no lease; nothing but its own asking gets it one.
    if (state === 'running' && before !== 'running' && !this.gate.canContinue()) this.#hooks.ask('now')
  }
}
