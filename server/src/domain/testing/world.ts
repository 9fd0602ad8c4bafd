import {
  type AgentRequest,
  builtInPolicy,
  canonicalAction,
  type Epoch,
  type ErrorCode,
  type PersonRole,
  type Policy,
  type Target,
} from '@holdpoint/shared'
import type { AgentDocument, Approval, StandingOrder, Ticket } from '../agent-document.ts'
import type { AgentCommand, AgentOwnCommand, Facts, PeopleFacts, Person, PersonCommand } from '../commands.ts'
import { decideAgent } from '../decide-agent.ts'
import type { Decision, Effects, Fact } from '../effects.ts'

export const T0 = Date.parse('2026-01-05T09:00:00Z')
const AGENT = { tenant: 'acme', id: 'deployer' }

type Order = StandingOrder & { readonly selector: Target }
type Body<N extends AgentOwnCommand['type']> = Omit<AgentRequest<N>, 'key' | 'epoch' | 'instance'>

/** One agent, its records and its log, on a clock moved by hand: what the shell does, without any I/O. */
export class World {
  doc: AgentDocument | undefined
  at = T0
  orders: readonly Order[] = []
  heldAncestor: Facts['heldAncestor']
  family: Facts['family']
  ordersVersion = 0
  leaseLeftMs = 0
  leasesElsewhere = false
  forgottenLeaseMs = 0
  storeEpoch = 1
  overrides: Facts['overrides'] = []
  quiet = false
  quota: Facts['quota']
  policy: Policy = builtInPolicy
  shadow: Policy | undefined
  people: PeopleFacts | undefined
  readonly log: (Fact & { readonly at: number })[] = []
  readonly records = new Map<string, Readonly<Record<string, unknown>>>()
  readonly deadlines = new Map<string, number>()
  readonly blobs = new Map<string, string>()
  #ids = 0

  /** Decides and, where there are effects, commits them. */
  do(command: AgentCommand, names?: string): Decision<AgentDocument> {
    const decision = decideAgent(AGENT, this.doc, command, this.facts(names ?? namedBy(command)))
    if (decision.effects) this.#commit(decision.effects)
    return decision
  }

  facts(names?: string): Facts {
    this.#ids += 1
    return {
      at: this.at,
      ids: {
        item: `item-${this.#ids}`,
        tickets: ['', 'b', 'c', 'd', 'e'].map((more) => `ticket-${this.#ids}${more}`),
      },
      storeEpoch: this.storeEpoch,
      policy: this.policy,
      shadow: this.shadow,
      bytes: this.blobs,
      orders: this.orders,
      ordersVersion: this.ordersVersion,
      leaseLeftMs: this.leaseLeftMs,
      leasesElsewhere: this.leasesElsewhere,
      forgottenLeaseMs: this.forgottenLeaseMs,
      heldAncestor: this.heldAncestor,
      family: this.family,
      people: this.people,
      overrides: this.overrides,
      quiet: this.quiet,
      quota: this.quota,
      standing: names === undefined || this.#holds(names) ? undefined : this.records.get(names),
    }
  }

  /** As the shell does: the record is looked up where the document no longer holds the item. */
  #holds(id: string): boolean {
    const { approvals = [], tickets = [], instructions = [] } = this.doc ?? {}
    return [...approvals, ...tickets, ...instructions].some((one) => one.id === id)
  }

  #commit({ doc, events, deadlines, records, blobs }: Effects<AgentDocument>): void {
    // What is stored is JSON: whatever would not survive that must not be relied on.
    this.doc = JSON.parse(JSON.stringify(doc)) as AgentDocument
    for (const event of events) this.log.push({ ...event, at: this.at })
    for (const record of records) this.records.set(record.id, record.data as Record<string, unknown>)
    for (const name of deadlines.clear) this.deadlines.delete(name)
    for (const { name, dueAt } of deadlines.set) this.deadlines.set(name, dueAt)
    for (const { digest, text } of blobs) this.blobs.set(digest, text)
  }

  get agent(): AgentDocument {
    if (!this.doc) throw new Error('no agent yet')
    return this.doc
  }
  get epoch(): Epoch {
    return this.agent.epoch ?? '0.0'
  }
  get state() {
    return this.agent.machine.state
  }

  start(
    instance = 'process-1',
    more: Partial<AgentRequest<'run.start'>> = {},
    labels: Readonly<Record<string, string>> = { team: 'payments' },
  ) {
    return this.do({
      type: 'run.start',
      identity: { labels, owner: 'olga' },
      body: { key: `start-${instance}`, instance, ...more },
    })
  }
  request(action: string, args: unknown = {}, more: Partial<AgentRequest<'action.request'>> = {}) {
    const body = { key: 'k', epoch: this.epoch, action, args, ...more }
    return this.do({ type: 'action.request', identity: { labels: {} }, body })
  }
  begin(item: { id: string; digest: string }, more: Partial<AgentRequest<'action.begin'>> = {}) {
    const body = {
      key: 'k',
      epoch: this.epoch,
      instance: this.agent.run?.instance ?? 'nobody-there',
      id: item.id,
      digest: item.digest as `sha256:${string}`,
      ...more,
    }
    return this.do({ type: 'action.begin', identity: { labels: {} }, body })
  }
  report(id: string, outcome: 'success' | 'failure' | 'unknown', severity?: number, epoch = this.epoch) {
    const body = { key: 'k', epoch, id, outcome, ...(severity !== undefined && { severity }) }
    return this.do({ type: 'action.report', identity: { labels: {} }, body })
  }
  ask(body: Partial<Body<'question.ask'>> = {}) {
    return this.do({
      type: 'question.ask',
      identity: { labels: {} },
      body: { key: 'k', epoch: this.epoch, question: 'Which one?', ...body },
    })
  }
  raise(reason: string, body: Partial<Body<'escalation.raise'>> = {}) {
    return this.do({
      type: 'escalation.raise',
      identity: { labels: {} },
      body: { key: 'k', epoch: this.epoch, reason, context: { why: 'because' }, ...body },
    })
  }
  complete(epoch = this.epoch) {
    return this.do({ type: 'run.complete', identity: { labels: {} }, body: { key: 'k', epoch } })
  }

  approve(
    item: Pick<Approval, 'id' | 'revision' | 'digest'>,
    who: PersonRole | Person = 'approver',
    args?: unknown,
  ) {
    const { id, revision, digest } = item
    return this.do({
      type: 'approval.approve',
      body: { key: 'k', id, revision, digest, ...(args !== undefined && { args }) },
      by: typeof who === 'string' ? { id: 'ana', role: who } : who,
    })
  }
  deny(
    item: Pick<Approval, 'id' | 'revision' | 'digest'>,
    reason = 'Not today.',
    by: Person = { id: 'bo', role: 'operator' },
  ) {
    const { id, revision, digest } = item
    return this.do({
      type: 'approval.deny',
      body: { key: 'k', id, revision, digest, reason },
      by,
    })
  }
  intervene(type: 'agent.pause' | 'agent.resume' | 'agent.stop' | 'agent.reinstate') {
    return this.do({ type, reason: 'Because.', by: { id: 'ana', role: 'admin' } })
  }
  person(command: PersonCommand) {
    return this.do(command)
  }
  /** An order that is committed and that nobody has recorded on the agent yet. */
  placed(effect: 'pause' | 'stop', id: string = effect, selector: Target = { all: true }): void {
    this.orders = [...this.orders, { id, effect, by: 'ana', reason: 'All hands.', selector }]
    this.ordersVersion += 1
  }
  order(effect: 'pause' | 'stop', id: string = effect, selector?: Target) {
    this.placed(effect, id, selector)
    return this.do({ type: 'orders.apply' })
  }
  lift(id: string) {
    this.orders = this.orders.filter((order) => order.id !== id)
    this.ordersVersion += 1
    return this.do({ type: 'orders.apply' })
  }

  item(at = -1): Approval {
    const item = this.agent.approvals.at(at)
    if (!item) throw new Error('no such approval')
    return item
  }
  ticket(at = -1): Ticket {
    const ticket = this.agent.tickets.at(at)
    if (!ticket) throw new Error('no such ticket')
    return ticket
  }
  types(): string[] {
    return this.log.map((event) => event.type)
  }
}

/** The id of the item that a command names, for looking up its record as the shell does. */
function namedBy(command: AgentCommand): string | undefined {
  if ('id' in command) return command.id
  if ('body' in command && 'id' in command.body) return command.body.id
  return undefined
}

/** What a decision answered, or its refusal's code. */
export const code = ({ answer }: Decision<AgentDocument>): 'ok' | ErrorCode =>
  answer.ok ? 'ok' : answer.error.code

export function value(decision: Decision<AgentDocument>): Readonly<Record<string, unknown>> {
  if (!decision.answer.ok) throw new Error(decision.answer.error.message)
  return decision.answer.value
}

export function digest(action: string, args: unknown): string {
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error(bytes.error.message)
  return bytes.value.digest
}
