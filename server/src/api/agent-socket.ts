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
export function openAgentDesk(line: Line, { agents, store, hub, missed }: AgentDeskPorts): Desk {
  let holder: Holder | undefined
  let closed = false

  /** The wire form of an answer, with where its process stands (PROTOCOL). */
  const acknowledge = ({ answer, standing, replayed }: Handled, value?: object): Reply => {
    const envelope = { ...standing, ...(replayed && { replayed: true }) }
    if (!answer.ok) return { ok: false, error: answer.error, ...envelope }
    return { ok: true, ...(value ?? freshData(answer.value, store.now())), ...envelope }
  }

  const keyOf = (agent?: string): Result<AgentKey> => {
    const name = authorizeAgentName(line.principal(), agent)
    if (!name.ok) return name
    if (holder && holder.agent.id !== name.value)
      return refused('conflict', `This connection speaks for "${holder.agent.id}"; open another one.`)
    return ok({ tenant: line.principal().tenant, id: name.value })
  }

  const hold = (agent: AgentKey, doc: AgentDocument, epoch: Epoch): void => {
    if (closed) return
    holder = { agent, epoch, labels: doc.identity.labels, line, sentSeq: doc.seq }
    hub.bind(holder)
  }

  const start = async ({ payload }: Call<'run.start'>): Promise<Reply> => {
    const agent = keyOf(payload.agent)
    if (!agent.ok) return agent
    const { owner, labels } = line.principal()
    const handled = await agents.own(
      agent.value,
      { type: 'run.start', body: payload, identity: { owner, labels } },
      { subject: line.principal().id },
    )
    const { answer, doc } = handled
    if (!answer.ok || !doc?.run) return acknowledge(handled)
    hold(agent.value, doc, doc.run.epoch)
    return acknowledge(handled, runAnswer(agent.value, doc))
  }

  const resume = async ({ payload }: Call<'run.resume'>): Promise<Reply> => {
    const agent = keyOf(payload.agent)
    if (!agent.ok) return agent
    const handled = await agents.resume(agent.value, payload)
    const { answer, doc } = handled
    // Its run is over, and it still has last words: how its act ended, and that it has halted (AG2, AP9).
    if (!answer.ok && !doc?.run && doc?.epoch === payload.epoch) hold(agent.value, doc, payload.epoch)
    if (!answer.ok || !doc?.run) return acknowledge(handled)
    hold(agent.value, doc, doc.run.epoch)
    return acknowledge(handled, {
      ...runAnswer(agent.value, doc),
      missed: await missedBy(agent.value, payload.after, doc),
    })
  }

  const runAnswer = ({ tenant }: AgentKey, doc: AgentDocument): object => {
    const now = store.now()
    return {
      agent: hub.view(tenant, doc),
      run: doc.run && { id: doc.run.id, epoch: doc.run.epoch },
      open: [
        ...doc.approvals.map((item) => freshApproval(approvalView(doc, item), now)),
        ...doc.tickets.map((ticket) => freshTicket(ticketView(doc, ticket), now)),
      ],
      instructions: deliverable(doc),
      leaseMs: doc.run?.leaseMs,
    }
  }

  const missedBy = async (agent: AgentKey, after: number, doc: AgentDocument): Promise<readonly Push[]> =>
    after < doc.seq ? (await missed(agent, after)).map((push) => freshPush(push, store.now())) : []

  const renew = async ({ agent }: Holder, { payload }: Call<'lease.renew'>): Promise<Reply> => {
    const handled = await agents.renew(agent, payload.epoch)
    if (!handled.answer.ok || !handled.doc) return acknowledge(handled)
    return acknowledge(handled, { missed: await missedBy(agent, payload.after, handled.doc) })
  }

  /** A read renews the lease like any exchange; the item is the agent's own or does not exist for it. */
  const readItem = async (
    { agent, epoch }: Holder,
    kind: RecordKind,
    id: string,
    show: (record: StoredRecord) => Promise<object>,
  ): Promise<Reply> => {
    const handled = await agents.renew(agent, epoch)
    if (!handled.answer.ok) return acknowledge(handled)
    const record = await store.record(agent.tenant, kind, id)
    if (record?.agent !== agent.id) return acknowledge({ ...handled, answer: refused('not_found') })
    return acknowledge(handled, await show(record))
  }

  const refresh = async ({ payload }: Call<'auth.refresh'>): Promise<Reply> => {
    const principal = await line.refresh(payload.token)
    if (!principal.ok) return notDone(principal.error)
    if (!holder) return { ok: true }
    const { owner, labels } = principal.value
    const identity = { owner, labels }
    const { answer } = await agents.system(holder.agent, { type: 'identity.refresh', identity })
    // Orders go by the document's labels: until it has the new ones, the token has not been taken.
    if (!answer.ok) return notDone(answer.error)
    holder.labels = labels
    return acknowledge(await agents.renew(holder.agent, holder.epoch))
  }

  /**
   * What came to nothing before it was a command renews nothing: it hears where its process stands and what is left of
   * its lease, so that no stream of garbage keeps one alive (AG4).
   */
  const notDone = async (error: Refusal): Promise<Reply> => {
    const doc = holder && (await agents.document(holder.agent))
    if (!holder || !doc) return { ok: false, error }
    const { machine, seq, run, heldBy } = doc
    const may =
      run?.epoch === holder.epoch &&
      heldBy.length === 0 &&
      (machine.state === 'running' || machine.state === 'awaiting_input')
    const ttlMs = may ? hub.presence(holder.agent).leaseRemainingMs : 0
    return { ok: false, error, state: machine.state, seq, ttlMs }
  }

  const command = async ({ agent, epoch }: Holder, { name, payload }: OwnCall): Promise<Reply> => {
    const { owner, labels } = line.principal()
    return acknowledge(
      await agents.own(agent, { type: name, body: payload, identity: { owner, labels } } as AgentOwnCommand, {
        epoch,
      }),
    )
  }

  const serve = async (call: AgentCall): Promise<Reply> => {
    if (call.name === 'run.start') return start(call)
    if (call.name === 'run.resume') return resume(call)
    if (call.name === 'auth.refresh') return refresh(call)
    if (!holder) return refused('conflict', 'Start or resume a run on this connection first.')
    switch (call.name) {
      case 'lease.renew':
        return renew(holder, call)
      case 'approval.get':
        return readItem(holder, 'approval', call.payload.id, async (record) => ({
          approval: await approvalDetail(store, record),
        }))
      case 'ticket.get':
        return readItem(holder, 'ticket', call.payload.id, async (record) => ({
          ticket: await ticketDetail(store, record),
        }))
      default:
        return command(holder, call)
    }
  }

  return {
    async handle(name, payload) {
      const call = decodeAgent(name, payload)
      return call.ok ? serve(call.value) : notDone(call.error)
    },
    cast(name, payload) {
      if (name !== 'progress')
        return failed(refusal('invalid', `"${name.slice(0, 64)}" needs an acknowledgement.`))
      const progress = decodeProgress(payload)
      if (!progress.ok) return progress
      const { epoch, ...shown } = progress.value
      if (holder?.epoch === epoch) holder.progress = shown
      return ok(undefined)
    },
    closed() {
      closed = true
      if (holder) hub.unbind(holder)
    },
  }
}

type OwnCall = Exclude<
  AgentCall,
  Call<'run.start' | 'run.resume' | 'auth.refresh' | 'lease.renew' | 'approval.get' | 'ticket.get'>
>
