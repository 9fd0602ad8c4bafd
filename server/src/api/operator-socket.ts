import {
  type ApprovalView,
  type EventView,
  type OrderView,
  ok,
  type PersonRole,
  type Presence,
  type Result,
  refusal,
  refused,
  SECOND,
} from '@holdpoint/shared'
import { authorizeOperator } from '../auth/authorize.ts'
import type { Principal } from '../auth/principal.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { Credentials } from '../commands/credentials.ts'
import { each } from '../commands/each.ts'
import type { Factors } from '../commands/factors.ts'
import type { FanOut } from '../commands/fan-out.ts'
import type { OnCallDesk } from '../commands/on-call.ts'
import type { People } from '../commands/people.ts'
import type { Policies, PolicyRequest } from '../commands/policies.ts'
import type { Revocations } from '../commands/revocations.ts'
import type { SignIn } from '../commands/sign-in.ts'
import { storedBytes } from '../commands/stored-bytes.ts'
import { withinLength } from '../commands/within-length.ts'
import type { Person } from '../domain/commands.ts'
import { roleTooLow } from '../domain/guards.ts'
import { instructionView } from '../domain/views.ts'
import type { RecordKind, StoredEvent, StoredRecord } from '../store/store.ts'
import type { Consoles } from './consoles.ts'
import { decodeOperator, type OperatorCall } from './decode.ts'
import { isKnown, readFeedCursor } from './feed-cursor.ts'
import { eventView, freshData } from './fresh-views.ts'
import type { ItemAgents } from './item-agents.ts'
import { approvalDetail, ticketDetail } from './item-details.ts'
import type { Caused, Desk, Line, Reply } from './line.ts'
import { type ChannelDesk, serveOnCall } from './on-call-requests.ts'
import { isOnOneAgent, type OneAgentCall, oneAgentRequests } from './one-agent-requests.ts'
import type { Onlookers } from './onlookers.ts'
import {
  agentViews,
  budgetsNow,
  type ListPorts,
  listAgents,
  listApprovals,
  listHistory,
  listStanding,
  listTickets,
  unreadableOf,
} from './operator-lists.ts'
import { type SyncPorts, sync } from './operator-sync.ts'
import { orderViews } from './order-views.ts'
import { servePeople } from './people-requests.ts'
import { readLog } from './read-log.ts'

export interface OperatorDeskPorts extends ListPorts, SyncPorts {
  readonly clock: Clock
  readonly fanOut: FanOut
  readonly revocations: Revocations
  readonly people: People
  readonly onCall: OnCallDesk
  readonly channels: ChannelDesk
  readonly factors: Factors
  readonly signIn: Pick<SignIn, 'issue'>
  readonly credentials: Credentials
  readonly consoles: Consoles
  readonly onlookers: Onlookers
  readonly itemAgents: ItemAgents
  readonly policies: Policies
}

type Call<N extends OperatorCall['name']> = Extract<OperatorCall, { readonly name: N }>

/** How often a console is told what its watched agents show. */
const PRESENCE_MS = SECOND

/** Serves one console's connection. */
export function openOperatorDesk(line: Line, ports: OperatorDeskPorts): Desk {
  const { agents, store, fanOut, revocations, people, factors, signIn, credentials } = ports
  const { consoles, onlookers, hub, clock } = ports
  const { tenant } = line.principal()
  let watched: readonly string[] = []
  let cancelPresence: Cancel | undefined
  let closed = false
  /** What acks carry instead of the feed. */
  const inAcks = new WeakSet<object>()

  const caused: Caused = (answer, events, replayed = false) => {
    if (!answer.ok) return answer
    const value = freshData(answer.value, store.now())
    return { ok: true, ...value, events: own(events), ...(replayed && { replayed }) }
  }

  const own = (events: readonly StoredEvent[]): readonly EventView[] => {
    const now = store.now()
    const views = events.map((event) => eventView(event, now))
    inAcks.add(views)
    return views
  }

  const oneAgent = oneAgentRequests(ports, tenant, caused)

  /** Nobody is to get the least role that releases anything, and be refused again for this very item. */
  const roleOf = async ({ payload }: Call<'approval.approve'>): Promise<PersonRole | undefined> => {
    const record = await store.record(tenant, 'approval', payload.id)
    const doc = record?.agent && (await agents.document({ tenant, id: record.agent }))
    return doc ? doc.approvals.find(({ id }) => id === payload.id)?.role : undefined
  }

  /** ID2: read at each request, so that a role that was taken away a moment ago counts no more. */
  const admit = async (call: OperatorCall, principal: Principal): Promise<Result<Person>> => {
    const who = await people.acting(principal)
    if (!who.ok) return who
    const allowed = authorizeOperator(who.value, call.name)
    if (allowed.ok) return allowed
    const role = call.name === 'approval.approve' && (await roleOf(call))
    return role ? roleTooLow(who.value.role, role) : allowed
  }

  const showItem = async (
    kind: RecordKind,
    id: string,
    show: (record: StoredRecord) => Promise<object>,
  ): Promise<Reply> => {
    const record = await store.record(tenant, kind, id)
    return record ? { ok: true, ...(await show(record)) } : refused('not_found')
  }

  /** PO6: so that it can be judged by another policy. */
  const showRefusal = async ({ payload }: Call<'refusal.get'>): Promise<Reply> => {
    const [event] = await store.readFeed(store.partitionOf(tenant), payload.seq - 1, 1)
    if (event?.seq !== payload.seq || event.type !== 'action.refused') return refused('not_found')
    const canonical = await storedBytes(store, tenant, String(event.data.digest))
    return { ok: true, event: eventView(event, store.now()), canonical }
  }

  const showAgent = async ({ payload }: Call<'agent.get'>): Promise<Reply> => {
    const doc = await agents.document({ tenant, id: payload.id })
    if (!doc) return refused('not_found')
    return {
      ok: true,
      agent: hub.view(tenant, doc),
      instructions: doc.instructions.map((instruction) => instructionView(doc, instruction)),
      budgets: await budgetsNow(ports, tenant, doc),
    }
  }

  const tellPresence = (): void => {
    const presence: Presence = { agents: watched.map((id) => hub.presence({ tenant, id })) }
    // volatile: nobody needs an old one
    if (!line.isBehind()) line.emit('presence', presence)
    hub.refresh(tenant, watched)
    cancelPresence = clock.after(PRESENCE_MS, tellPresence)
  }

  const watch = async ({ payload }: Call<'agents.watch'>): Promise<Reply> => {
    cancelPresence?.()
    const { views, failed } = await agentViews(ports, tenant, payload.ids)
    cancelPresence?.()
    const fitting = withinLength(views)
    const unread = views.slice(fitting.length).map(({ id }) => id)
    watched = closed ? [] : views.map(({ id }) => id)
    cancelPresence = watched.length > 0 ? clock.after(PRESENCE_MS, tellPresence) : undefined
    return { ok: true, agents: fitting, ...(unread.length > 0 && { unread }), ...unreadableOf(failed) }
  }

  /** AP11: what was displayed was seen; what the feed had brought by then was delivered. */
  const seen = async ({ payload }: Call<'seen'>, { id: by }: Person): Promise<Reply> => {
    const upTo = readFeedCursor(payload.cursor)
    if (!upTo || !(await isKnown(store, tenant, upTo)))
      return refused('invalid', 'That cursor is not one that sync or the feed gave.', { path: '/cursor' })
    const noted = new Map<string, { delivered: string[]; seen: string[] }>()
    const noteOf = (agent: string) => {
      const note = noted.get(agent) ?? { delivered: [], seen: [] }
      noted.set(agent, note)
      return note
    }
    for (const { id, agent } of ports.undelivered.take(tenant, upTo.seq)) noteOf(agent).delivered.push(id)
    for (const id of payload.ids) {
      const record = await store.record(tenant, 'approval', id)
      const shown = record?.data as ApprovalView | undefined
      if (shown?.status === 'pending' && !shown.stages.seen) noteOf(shown.agent).seen.push(id)
    }
    await each(noted, noted.size, async ([id, note]) => {
      await agents.system({ tenant, id }, { type: 'approvals.noted', ...note, by })
    })
    return { ok: true }
  }

  const revoke = async ({ payload }: Call<'token.revoke'>, who: Person): Promise<Reply> => {
    const { answer, events, replayed } = await revocations.revoke(tenant, who, payload)
    return caused(answer, events, replayed)
  }

  const setPolicy = async (
    { name, payload }: Call<'policy.activate' | 'policy.shadow'>,
    by: Person,
  ): Promise<Reply> => {
    const { answer, events, replayed } = await ports.policies.command(tenant, by, {
      name,
      body: payload,
    } as PolicyRequest)
    return caused(answer, events, replayed)
  }

  const lift = async ({ payload }: Call<'order.lift'>, who: Person): Promise<Reply> => {
    const { answer, events, replayed } = await fanOut.lift(tenant, who, payload)
    if (!answer.ok) return answer
    const { order } = answer.value as { readonly order: OrderView }
    return { ok: true, orders: [order], events: own(events), ...(replayed && { replayed }) }
  }

  const serve = async (call: Exclude<OperatorCall, OneAgentCall>, who: Person): Promise<Reply> => {
    switch (call.name) {
      case 'sync':
        if (closed) return refused('unavailable')
        // first the room: what is committed from here on comes by the feed
        consoles.join(line)
        onlookers.join(line)
        return { ok: true, ...(await sync(ports, tenant, call.payload.cursor)) }
      case 'agents.list':
        return replyOf(await listAgents(ports, tenant, call.payload))
      case 'agents.watch':
        return watch(call)
      case 'agent.get':
        return showAgent(call)
      case 'approval.get':
        return showItem('approval', call.payload.id, async (record) => ({
          approval: await approvalDetail(store, record),
        }))
      case 'approval.list':
        return replyOf(await listApprovals(ports, tenant, call.payload))
      case 'seen':
        return seen(call, who)
      case 'looking':
        onlookers.look(line, who.id, call.payload.id)
        return { ok: true }
      case 'standing.list':
        return replyOf(await listStanding(ports, tenant, call.payload))
      case 'order.list':
        return { ok: true, orders: await orderViews(ports, tenant) }
      case 'order.lift':
        return lift(call, who)
      case 'ticket.get':
        return showItem('ticket', call.payload.id, async (record) => ({
          ticket: await ticketDetail(store, record),
        }))
      case 'ticket.list':
        return replyOf(await listTickets(ports, tenant, call.payload))
      case 'ticket.assign':
        return oneAgent.assign(call, who)
      case 'refusal.get':
        return showRefusal(call)
      case 'history.list':
        return replyOf(await listHistory(ports, tenant, call.payload))
      case 'log.read':
        return replyOf(await readLog(store, tenant, call.payload))
      case 'policy.get':
        return { ok: true, ...(await ports.policies.shown(tenant)) }
      case 'policy.activate':
      case 'policy.shadow':
        return setPolicy(call, who)
      case 'oncall.get':
      case 'oncall.override':
      case 'oncall.cancel':
      case 'channel.list':
      case 'channel.test':
        return serveOnCall(ports, tenant, who, call, caused)
      case 'people.list':
      case 'person.get':
      case 'person.me':
      case 'person.add':
      case 'person.change':
      case 'person.disable':
      case 'person.enable':
      case 'person.link':
      case 'person.password':
      case 'password.set':
      case 'session.list':
      case 'session.end':
      case 'factor.enroll':
      case 'factor.confirm':
      case 'factor.remove':
      case 'factor.reset':
        return servePeople({ people, factors, signIn, credentials }, tenant, who, call, caused)
      case 'token.revoke':
        return revoke(call, who)
      case 'auth.refresh':
        return replyOf(await refreshed(line.refresh(call.payload.token)))
    }
  }

  return {
    async handle(name, payload) {
      const decoded = decodeOperator(name, payload)
      if (!decoded.ok) return decoded
      const call = decoded.value
      const principal = line.principal()
      if (!isOnOneAgent(call)) {
        const who = await admit(call, principal)
        return who.ok ? serve(call, who.value) : who
      }
      const known = people.remembered(principal)
      if (known && authorizeOperator(known.person, call.name).ok) {
        let admitted: Promise<Result<Person>> | undefined
        const afresh = (): Promise<Result<Person>> => {
          admitted ??= admit(call, principal)
          return admitted
        }
        return oneAgent.serve(call, known.person, { restsOn: known.restsOn, afresh })
      }
      const who = await admit(call, principal)
      return who.ok ? oneAgent.serve(call, who.value) : who
    },
    cast: (name) => ({
      ok: false,
      error: refusal('invalid', `"${name.slice(0, 64)}" needs an acknowledgement.`),
    }),
    told(reply) {
      if (reply.ok && inAcks.has(Object(reply.events)))
        consoles.answered(line, reply.events as readonly EventView[])
    },
    closed() {
      closed = true
      cancelPresence?.()
      consoles.leave(line)
      onlookers.leave(line)
    },
  }
}

const refreshed = async (refreshing: Promise<Result<unknown>>): Promise<Result<object>> => {
  const principal = await refreshing
  return principal.ok ? ok({}) : principal
}

const replyOf = (result: Result<object>): Reply => (result.ok ? { ok: true, ...result.value } : result)
