import type {
  AgentView,
  ApprovalView,
  EventView,
  OrderView,
  Presence,
  Snapshot,
  TicketView,
} from '@holdpoint/shared'
import { isObject, type Received } from './connection/reading.ts'
import type { ReplicaView } from './operator-types.ts'

/** How many agents are remembered; the ones seen longest ago are forgotten first. */
const AGENTS_KEPT = 2_000
/** How many events may wait for one that is missing before the whole is fetched again. */
const AHEAD_KEPT = 2_000

/**
 * What a console knows: a snapshot, then every event in the order of its seq, whether it came in the feed, in an ack
 * or in an answer to `sync`; each once. What comes too early waits for what is missing.
 */
export class Replica implements ReplicaView {
  readonly approvals = new Map<string, ApprovalView>()
  readonly tickets = new Map<string, TicketView>()
  readonly orders = new Map<string, OrderView>()
  readonly agents = new Map<string, AgentView>()
  readonly onlookers = new Map<string, readonly string[]>()
  readonly #ahead = new Map<number, EventView>()
  #counts: { agents: number; approvals: number; tickets: number } = { agents: 0, approvals: 0, tickets: 0 }
  #seq = 0
  #snapshots = 0
  #loaded: ReplicaView['loaded'] = 'whole'
  /** What the feed told of while pages beyond the snapshot are read: it is newer than they are. */
  readonly #told = new Set<string>()

  /** How many snapshots were taken: which one a page belongs to. */
  get snapshots(): number {
    return this.#snapshots
  }

  get loaded(): ReplicaView['loaded'] {
    return this.#loaded
  }

  get counts(): Snapshot['counts'] {
    return this.#counts
  }

  get seq(): number {
    return this.#seq
  }

  /** Something is missing before what came in. */
  get hasGap(): boolean {
    return this.#ahead.size > 0
  }

  /** `rewritten`: of another history than before. */
  reset(snapshot: Snapshot, seq: number, rewritten = false): void {
    // no snapshot has agents, and by a lost history's seqs those of this one would look old
    if (rewritten) this.agents.clear()
    this.approvals.clear()
    this.tickets.clear()
    this.orders.clear()
    for (const view of listOf<ApprovalView>(snapshot.approvals)) this.approvals.set(view.id, view)
    for (const view of listOf<TicketView>(snapshot.tickets)) this.tickets.set(view.id, view)
    for (const view of listOf<OrderView>(snapshot.orders)) this.orders.set(view.id, view)
    const { agents, approvals, tickets } = snapshot.counts ?? this.#counts
    this.#counts = { agents, approvals, tickets }
    this.#snapshots += 1
    this.#told.clear()
    const isPart = approvals > this.approvals.size || tickets > this.tickets.size
    this.#loaded = isPart ? 'loading' : 'whole'
    this.#seq = seq
    for (const early of this.#ahead.keys()) if (early <= seq) this.#ahead.delete(early)
  }

  /** Takes a page of what the snapshot had no room for. */
  fillIn(kind: 'approvals' | 'tickets', page: readonly (ApprovalView & TicketView)[]): void {
    const open = this[kind] as Map<string, ApprovalView | TicketView>
    for (const view of listOf<ApprovalView & TicketView>(page))
      if (!this.#told.has(view.id) && !open.has(view.id)) open.set(view.id, view)
  }

  /** All pages are here: what is open is what is held, and counts are counted from now on. */
  becomeWhole(): void {
    this.#loaded = 'whole'
    this.#told.clear()
    this.#counts = { ...this.#counts, approvals: this.approvals.size, tickets: this.tickets.size }
  }

  /** Pages could not be read, or are asked for again. */
  markLoading(loaded: 'loading' | 'failed'): void {
    if (this.#loaded !== 'whole') this.#loaded = loaded
  }

  /** What came early was of another history. */
  forgetEarly(): void {
    this.#ahead.clear()
  }

  /** Takes what is next, keeps what is early, drops what is known. Returns what was applied, in order. */
  take(events: readonly EventView[]): readonly EventView[] {
    const applied: EventView[] = this.#drain()
    for (const event of events) {
      if (event.seq === this.#seq + 1) applied.push(this.#step(event), ...this.#drain())
      else if (event.seq > this.#seq && this.#ahead.size < AHEAD_KEPT) this.#ahead.set(event.seq, event)
    }
    return applied
  }

  /** The server says that there is nothing between here and `seq` that this console may see. */
  skipTo(seq: number): readonly EventView[] {
    if (seq > this.#seq) this.#seq = seq
    for (const early of this.#ahead.keys()) if (early <= this.#seq) this.#ahead.delete(early)
    return this.take([])
  }

  /** An agent's view that came in an answer; an older one than we have is dropped. */
  seeAgent(view: AgentView): void {
    const known = this.agents.get(view.id)
    if (known && known.seq > view.seq) return
    this.agents.delete(view.id)
    // facts leave the budgets out: what was last told of them stands
    const { budgets = known?.budgets } = view
    this.agents.set(view.id, budgets ? { ...view, budgets } : view)
    if (this.agents.size > AGENTS_KEPT) this.agents.delete(this.agents.keys().next().value as string)
  }

  /** How far orders got, as a list told. */
  countHeld(orders: readonly OrderView[]): void {
    for (const { id, held } of listOf<OrderView>(orders)) {
      const known = this.orders.get(id)
      if (known && held) this.orders.set(id, { ...known, held })
    }
  }

  /** How many agents there are, as a whole list told. */
  countAgents(agents: number): void {
    this.#counts = { ...this.#counts, agents }
  }

  /** Who looks at what, all of it. Returns whether that is news. */
  lookOn(all: readonly Received[]): boolean {
    const had = this.onlookers.size
    this.onlookers.clear()
    for (const { id, people } of all)
      if (typeof id === 'string' && Array.isArray(people))
        this.onlookers.set(
          id,
          people.filter((one) => typeof one === 'string'),
        )
    return had + this.onlookers.size > 0
  }

  /** Returns the agents that this told something new about. */
  present(presence: Presence): readonly string[] {
    const changed: string[] = []
    for (const { id, connected, leaseRemainingMs, progress } of listOf<Presence['agents'][number]>(
      presence.agents,
    )) {
      const known = this.agents.get(id)
      if (!known) continue
      this.agents.set(id, { ...known, connected, leaseRemainingMs, progress })
      changed.push(id)
    }
    return changed
  }

  #step(event: EventView): EventView {
    this.#ahead.delete(event.seq)
    this.#seq = event.seq
    this.#apply(event)
    return event
  }

  /** What came early and is next by now. */
  #drain(): EventView[] {
    const applied: EventView[] = []
    for (let next = this.#ahead.get(this.#seq + 1); next; next = this.#ahead.get(this.#seq + 1))
      applied.push(this.#step(next))
    return applied
  }

  /** An event's data holds the whole views that it changed. */
  #apply({ data }: EventView): void {
    if (!isObject(data)) return
    const { approval, ticket, order, agent } = data
    if (isView(approval))
      this.#file('approvals', approval as unknown as ApprovalView, approval.status === 'pending')
    if (isView(ticket))
      this.#file(
        'tickets',
        ticket as unknown as TicketView,
        ticket.status === 'open' || ticket.status === 'acknowledged',
      )
    if (isView(order)) {
      // facts leave out how far it got: what was last told of it stands
      const { held } = this.orders.get(order.id) ?? {}
      if (order.lifted === undefined)
        this.orders.set(order.id, { ...(held && { held }), ...(order as unknown as OrderView) })
      else this.orders.delete(order.id)
    }
    if (isView(agent)) this.seeAgent(agent as unknown as AgentView)
  }

  #file<K extends 'approvals' | 'tickets'>(
    kind: K,
    view: K extends 'approvals' ? ApprovalView : TicketView,
    isOpen: boolean,
  ): void {
    const open = this[kind] as Map<string, ApprovalView | TicketView>
    if (this.#loaded !== 'whole') this.#told.add(view.id)
    const before = open.size
    if (isOpen) open.set(view.id, view)
    else open.delete(view.id)
    this.#counts = { ...this.#counts, [kind]: this.#counts[kind] + open.size - before }
  }
}

const isView = (value: unknown): value is Received & { readonly id: string } =>
  isObject(value) && typeof value.id === 'string'

const listOf = <T>(value: unknown): readonly T[] =>
  Array.isArray(value) ? (value.filter(isObject) as T[]) : []
