import {
  type Epoch,
  failed,
  ok,
  type Push,
  type Refusal,
  type Result,
  refusal,
  refused,
} from '@holdpoint/shared'
import { authorizeAgentName } from '../auth/authorize.ts'
import type { AgentKey } from '../commands/agent-key.ts'
import type { AgentCommands, Handled } from '../commands/handle-command.ts'
import type { AgentDocument } from '../domain/agent-document.ts'
import type { AgentOwnCommand } from '../domain/commands.ts'
import { deliverable } from '../domain/instructions.ts'
import { approvalView, ticketView } from '../domain/views.ts'
import type { RecordKind, Store, StoredRecord } from '../store/store.ts'
import type { AgentHub, Holder } from './agent-hub.ts'
import { type AgentCall, decodeAgent, decodeProgress } from './decode.ts'
import { freshApproval, freshData, freshPush, freshTicket } from './fresh-views.ts'
import { approvalDetail, ticketDetail } from './item-details.ts'
import type { Desk, Line, Reply } from './line.ts'

export interface AgentDeskPorts {
  readonly agents: AgentCommands
  readonly store: Store
  readonly hub: AgentHub
  readonly missed: (agent: AgentKey, after: number) => Promise<readonly Push[]>
}

type Call<N extends AgentCall['name']> = Extract<AgentCall, { readonly name: N }>

/** Serves one agent's connection: it starts or resumes a run, and speaks for that agent and epoch from then on. */
export const openAgentDesk = (line: Line, ports: AgentDeskPorts): Desk => new AgentDesk(line, ports)

/** A class, and no closures: each of many connections has one. */
class AgentDesk implements Desk {
  readonly #line: Line
  readonly #ports: AgentDeskPorts
  #holder: Holder | undefined
  /** Whom it speaks for, from its first try to start or resume on. */
  #name: string | undefined
  #tries = 0
  #closed = false

  constructor(line: Line, ports: AgentDeskPorts) {
    this.#line = line
    this.#ports = ports
  }

  async handle(name: string, payload: unknown): Promise<Reply> {
    const call = decodeAgent(name, payload)
    return call.ok ? this.#serve(call.value) : this.#notDone(call.error)
  }

  cast(name: string, payload: unknown): Result<void> {
    if (name !== 'progress')
      return failed(refusal('invalid', `"${name.slice(0, 64)}" needs an acknowledgement.`))
    const progress = decodeProgress(payload)
    if (!progress.ok) return progress
    const { epoch, ...shown } = progress.value
    if (this.#holder?.epoch === epoch) this.#holder.progress = shown
    return ok(undefined)
  }

  closed(): void {
    this.#closed = true
    if (this.#holder) this.#ports.hub.unbind(this.#holder)
  }

  /** The wire form of an answer, with where its process stands (PROTOCOL). */
  #acknowledge({ answer, standing, replayed }: Handled, value?: object): Reply {
    const envelope = { ...standing, ...(replayed && { replayed: true }) }
    if (!answer.ok) return { ok: false, error: answer.error, ...envelope }
    return { ok: true, ...(value ?? freshData(answer.value, this.#ports.store.now())), ...envelope }
  }

  #keyOf(agent?: string): Result<AgentKey> {
    const name = authorizeAgentName(this.#line.principal(), agent)
    if (!name.ok) return name
    if (this.#name !== undefined && this.#name !== name.value)
      return refused('conflict', `This connection speaks for "${this.#name}"; open another one.`)
    return ok({ tenant: this.#line.principal().tenant, id: name.value })
  }

  /** One name for each connection, also while a start is under way: of a second one nobody would see it end (AG2). */
  async #as(agent: string | undefined, work: (key: AgentKey) => Promise<Reply>): Promise<Reply> {
    const key = this.#keyOf(agent)
    if (!key.ok) return key
    this.#name = key.value.id
    this.#tries += 1
    try {
      return await work(key.value)
    } finally {
      this.#tries -= 1
      if (this.#tries === 0 && !this.#holder) this.#name = undefined
    }
  }

  #hold(agent: AgentKey, doc: AgentDocument, epoch: Epoch): void {
    if (this.#closed) return
    this.#holder = { agent, epoch, labels: doc.identity.labels, line: this.#line, sentSeq: doc.seq }
    this.#ports.hub.bind(this.#holder)
  }

  async #start(agent: AgentKey, { payload }: Call<'run.start'>): Promise<Reply> {
    const { owner, labels } = this.#line.principal()
    const handled = await this.#ports.agents.own(
      agent,
      { type: 'run.start', body: payload, identity: { owner, labels } },
      { subject: this.#line.principal().id },
    )
    const { answer, doc } = handled
    if (!answer.ok || !doc?.run) return this.#acknowledge(handled)
    this.#hold(agent, doc, doc.run.epoch)
    return this.#acknowledge(handled, this.#runAnswer(agent, doc))
  }

  async #resume(agent: AgentKey, { payload }: Call<'run.resume'>): Promise<Reply> {
    const handled = await this.#ports.agents.resume(agent, payload)
    const { answer, doc } = handled
    // Its run is over, and it still has last words: how its act ended, and that it has halted (AG2, AP9).
    if (!answer.ok && !doc?.run && doc?.epoch === payload.epoch) this.#hold(agent, doc, payload.epoch)
    if (!answer.ok || !doc?.run) return this.#acknowledge(handled)
    this.#hold(agent, doc, doc.run.epoch)
    return this.#acknowledge(handled, {
      ...this.#runAnswer(agent, doc),
      missed: await this.#missedBy(agent, payload.after, doc),
    })
  }

  #runAnswer({ tenant }: AgentKey, doc: AgentDocument): object {
    const now = this.#ports.store.now()
    return {
      agent: this.#ports.hub.view(tenant, doc),
      run: doc.run && { id: doc.run.id, epoch: doc.run.epoch },
      open: [
        ...doc.approvals.map((item) => freshApproval(approvalView(doc, item), now)),
        ...doc.tickets.map((ticket) => freshTicket(ticketView(doc, ticket), now)),
      ],
      instructions: deliverable(doc),
      leaseMs: doc.run?.leaseMs,
    }
  }

  async #missedBy(agent: AgentKey, after: number, doc: AgentDocument): Promise<readonly Push[]> {
    if (after >= doc.seq) return []
    return (await this.#ports.missed(agent, after)).map((push) => freshPush(push, this.#ports.store.now()))
  }

  async #renew({ agent }: Holder, { payload }: Call<'lease.renew'>): Promise<Reply> {
    const handled = await this.#ports.agents.renew(agent, payload.epoch)
    if (!handled.answer.ok || !handled.doc) return this.#acknowledge(handled)
    return this.#acknowledge(handled, { missed: await this.#missedBy(agent, payload.after, handled.doc) })
  }

  /** A read renews the lease like any exchange; the item is the agent's own or does not exist for it. */
  async #readItem(
    { agent, epoch }: Holder,
    kind: RecordKind,
    id: string,
    show: (record: StoredRecord) => Promise<object>,
  ): Promise<Reply> {
    const handled = await this.#ports.agents.renew(agent, epoch)
    if (!handled.answer.ok) return this.#acknowledge(handled)
    const record = await this.#ports.store.record(agent.tenant, kind, id)
    if (record?.agent !== agent.id) return this.#acknowledge({ ...handled, answer: refused('not_found') })
    return this.#acknowledge(handled, await show(record))
  }

  async #refresh({ payload }: Call<'auth.refresh'>): Promise<Reply> {
    const principal = await this.#line.refresh(payload.token)
    if (!principal.ok) return this.#notDone(principal.error)
    if (!this.#holder) return { ok: true }
    const { owner, labels } = principal.value
    const identity = { owner, labels }
    const { answer } = await this.#ports.agents.system(this.#holder.agent, {
      type: 'identity.refresh',
      identity,
    })
    // Orders go by the document's labels: until it has the new ones, the token has not been taken.
    if (!answer.ok) return this.#notDone(answer.error)
    this.#holder.labels = labels
    return this.#acknowledge(await this.#ports.agents.renew(this.#holder.agent, this.#holder.epoch))
  }

  /**
   * What came to nothing before it was a command renews nothing: it hears where its process stands and what is left of
   * its lease, so that no stream of garbage keeps one alive (AG4).
   */
  async #notDone(error: Refusal): Promise<Reply> {
    const doc = this.#holder && (await this.#ports.agents.document(this.#holder.agent))
    if (!this.#holder || !doc) return { ok: false, error }
    const { machine, seq, run, heldBy } = doc
    const may =
      run?.epoch === this.#holder.epoch &&
      heldBy.length === 0 &&
      (machine.state === 'running' || machine.state === 'awaiting_input')
    const ttlMs = may ? this.#ports.hub.presence(this.#holder.agent).leaseRemainingMs : 0
    return { ok: false, error, state: machine.state, seq, ttlMs }
  }

  async #command({ agent, epoch }: Holder, { name, payload }: OwnCall): Promise<Reply> {
    const { owner, labels } = this.#line.principal()
    return this.#acknowledge(
      await this.#ports.agents.own(
        agent,
        { type: name, body: payload, identity: { owner, labels } } as AgentOwnCommand,
        {
          epoch,
        },
      ),
    )
  }

  async #serve(call: AgentCall): Promise<Reply> {
    if (call.name === 'run.start') return this.#as(call.payload.agent, (agent) => this.#start(agent, call))
    if (call.name === 'run.resume') return this.#as(call.payload.agent, (agent) => this.#resume(agent, call))
    if (call.name === 'auth.refresh') return this.#refresh(call)
    if (!this.#holder) return refused('conflict', 'Start or resume a run on this connection first.')
    switch (call.name) {
      case 'lease.renew':
        return this.#renew(this.#holder, call)
      case 'approval.get':
        return this.#readItem(this.#holder, 'approval', call.payload.id, async (record) => ({
          approval: await approvalDetail(this.#ports.store, record),
        }))
      case 'ticket.get':
        return this.#readItem(this.#holder, 'ticket', call.payload.id, async (record) => ({
          ticket: await ticketDetail(this.#ports.store, record),
        }))
      default:
        return this.#command(this.#holder, call)
    }
  }
}

type OwnCall = Exclude<
  AgentCall,
  Call<'run.start' | 'run.resume' | 'auth.refresh' | 'lease.renew' | 'approval.get' | 'ticket.get'>
>
