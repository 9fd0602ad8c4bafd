import {
  type AgentState,
  type AgentView,
  type ApprovalView,
  agentStates,
  autonomyLevels,
  type EventView,
  matches,
  type OperatorRequest,
  ok,
  parseSelector,
  type Result,
  refused,
  type StandingGrantView,
  type TicketView,
} from '@holdpoint/shared'
import type { AgentDirectory, DirectoryEntry } from '../commands/agent-directory.ts'
import type { AgentCommands } from '../commands/handle-command.ts'
import type { Policies } from '../commands/policies.ts'
import { UnreadableAgent } from '../commands/unreadable-agent.ts'
import { withinLength } from '../commands/within-length.ts'
import type { AgentDocument } from '../domain/agent-document.ts'
import { budgetsOf } from '../domain/budgets.ts'
import { levelIn } from '../domain/family.ts'
import { standingView } from '../domain/standing-grants.ts'
import type { RecordKind, Store, StoredRecord } from '../store/store.ts'
import type { AgentHub } from './agent-hub.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { NoteDamage } from './damaged-agents.ts'
import { eventView, freshApproval, freshTicket } from './fresh-views.ts'

export interface ListPorts {
  readonly store: Store
  readonly directory: AgentDirectory
  readonly agents: AgentCommands
  readonly hub: AgentHub
  readonly policies: Pick<Policies, 'active'>
  readonly noteDamage: NoteDamage
}

const DEFAULT_LIMIT = 100
const MOST_UNREADABLE = 100
const BAD_CURSOR = refused(
  'invalid',
  'That cursor is not one that this request gave; start from the first page.',
  {
    path: '/cursor',
  },
)

/** Agents by id. `counts` and the number without a run are of all that the filter covers, whatever their state. */
export async function listAgents(
  ports: ListPorts,
  tenant: string,
  { state, noRun, labels, search, cursor, limit = DEFAULT_LIMIT }: OperatorRequest<'agents.list'>,
): Promise<
  Result<{
    agents: readonly AgentView[]
    counts: Record<AgentState, number>
    noRun: number
    unreadable?: readonly string[] | undefined
    nextCursor?: string | undefined
  }>
> {
  const selector = labels === undefined ? undefined : parseSelector(labels)
  if (selector && !selector.ok) return selector
  const after = cursor === undefined ? '' : readCursor(cursor, ['string'])?.[0]
  if (after === undefined) return BAD_CURSOR
  const { entries, unreadable } = await ports.directory.readable(tenant)
  const fits = ({ id, name, labels: own }: DirectoryEntry): boolean =>
    (labels === undefined || matches({ labels }, { id, labels: own })) &&
    (search === undefined || contains(id, search) || (name !== undefined && contains(name, search)))
  const counts = Object.fromEntries(agentStates.map((one) => [one, 0])) as Record<AgentState, number>
  let withoutRun = 0
  const isAsked = (entry: DirectoryEntry): boolean =>
    (state === undefined || entry.state === state) && (noRun === undefined || entry.noRun === noRun)
  const page: string[] = []
  for (const id of await ports.directory.ids(tenant)) {
    const entry = entries.get(id)
    if (!entry || unreadable.has(id) || !fits(entry)) continue
    counts[entry.state] += 1
    if (entry.noRun) withoutRun += 1
    if (page.length <= limit && id > after && isAsked(entry)) page.push(id)
  }
  const read = page.slice(0, limit)
  const { views, failed } = await agentViews(ports, tenant, read)
  const shown = withinLength(views)
  const isCut = shown.length < views.length
  // not by what is shown of it: the last one may be one that can't be read
  const last = isCut ? shown.at(-1)?.id : read.at(-1)
  const named = [...unreadable].filter((id) => search === undefined || contains(id, search))
  return ok({
    agents: shown,
    counts,
    noRun: withoutRun,
    ...unreadableOf([...named, ...failed]),
    ...((isCut || page.length > limit) && last !== undefined && { nextCursor: writeCursor([last]) }),
  })
}

const contains = (text: string, search: string): boolean => text.toLowerCase().includes(search.toLowerCase())

/** The views of those that exist, in the order asked for, with their budgets; and the ids of those that can't be read. */
export async function agentViews(
  ports: ListPorts,
  tenant: string,
  ids: readonly string[],
): Promise<{ readonly views: readonly AgentView[]; readonly failed: readonly string[] }> {
  const failed: string[] = []
  const views = await Promise.all(
    ids.map((id) =>
      unlessUnreadable(
        id,
        async () => {
          const doc = await ports.agents.document({ tenant, id })
          return doc && { ...ports.hub.view(tenant, doc), budgets: await budgetsNow(ports, tenant, doc) }
        },
        failing(ports, tenant, failed),
      ),
    ),
  )
  return { views: views.filter((one) => one !== undefined), failed }
}

/** What is broken by damaged parts of a document is that agent's alone; a store that is away or lost is everybody's. */
async function unlessUnreadable<T>(
  id: string,
  work: () => Promise<T>,
  failing: (id: string, error: unknown) => void,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    const isItsOwn =
      error instanceof UnreadableAgent || error instanceof TypeError || error instanceof RangeError
    if (!isItsOwn) throw error
    failing(id, error)
    return undefined
  }
}

const failing =
  ({ noteDamage }: Pick<ListPorts, 'noteDamage'>, tenant: string, failed: string[]) =>
  (id: string, error: unknown): void => {
    failed.push(id)
    noteDamage(tenant, id, error)
  }

/** Few enough for one message, beside a page; absent where there are none. */
export const unreadableOf = (ids: readonly string[]): { readonly unreadable?: readonly string[] } =>
  ids.length === 0 ? {} : { unreadable: [...new Set(ids)].sort().slice(0, MOST_UNREADABLE) }

/**
 * AG8, PO4: by the limits that its next request meets, also below an ancestor that holds it to a lower level; the lowest, where
 * nobody can read what that is.
 */
export async function budgetsNow(
  { policies, directory, store }: Pick<ListPorts, 'policies' | 'directory' | 'store'>,
  tenant: string,
  doc: AgentDocument,
): Promise<ReturnType<typeof budgetsOf>> {
  const policy = await policies.active(tenant)
  const level = await directory.family({ tenant, id: doc.id }).then(
    (family) => levelIn({ doc, facts: { family, policy } }),
    (error: unknown) => {
      if (error instanceof UnreadableAgent) return autonomyLevels[0]
      throw error
    },
  )
  return budgetsOf(doc, policy, store.now(), level)
}

/** Approvals by age, oldest first. */
export async function listApprovals(
  { store }: ListPorts,
  tenant: string,
  query: OperatorRequest<'approval.list'>,
): Promise<Result<{ approvals: readonly ApprovalView[]; nextCursor?: string | undefined }>> {
  const page = await listRecords(store, tenant, 'approval', query)
  if (!page.ok) return page
  const { records, ...rest } = page.value
  const now = store.now()
  return ok({ approvals: records.map(({ data }) => freshApproval(data as ApprovalView, now)), ...rest })
}

export async function listTickets(
  { store }: ListPorts,
  tenant: string,
  query: OperatorRequest<'ticket.list'>,
): Promise<Result<{ tickets: readonly TicketView[]; nextCursor?: string | undefined }>> {
  const page = await listRecords(store, tenant, 'ticket', query)
  if (!page.ok) return page
  const { records, ...rest } = page.value
  const now = store.now()
  return ok({ tickets: records.map(({ data }) => freshTicket(data as TicketView, now)), ...rest })
}

interface PageQuery {
  readonly agent?: string | undefined
  readonly status?: string | undefined
  readonly cursor?: string | undefined
  readonly limit?: number | undefined
}

async function listRecords(
  store: Store,
  tenant: string,
  kind: RecordKind,
  { agent, status, cursor, limit = DEFAULT_LIMIT }: PageQuery,
): Promise<Result<{ records: readonly StoredRecord[]; nextCursor?: string | undefined }>> {
  const after = cursor === undefined ? undefined : readCursor(cursor, ['number', 'string'])
  if (cursor !== undefined && !after) return BAD_CURSOR
  const found = await store.records({
    tenant,
    kind,
    limit: limit + 1,
    ...(agent !== undefined && { agent }),
    ...(status !== undefined && { status }),
    ...(after && { after: { at: after[0] as number, id: after[1] as string } }),
  })
  const records = withinLength(found.slice(0, limit))
  const last = records.at(-1)
  return ok({
    records,
    ...(found.length > records.length && last && { nextCursor: writeCursor([last.at, last.id]) }),
  })
}

/** The log, newest first. */
export async function listHistory(
  { store }: ListPorts,
  tenant: string,
  {
    agent,
    type,
    by,
    from,
    to,
    before: named,
    cursor,
    limit = DEFAULT_LIMIT,
  }: OperatorRequest<'history.list'>,
): Promise<Result<{ events: readonly EventView[]; nextCursor?: string | undefined }>> {
  const before = cursor === undefined ? named : readCursor(cursor, ['number'])?.[0]
  if (cursor !== undefined && before === undefined) return BAD_CURSOR
  const found = await store.history({
    tenant,
    limit: limit + 1,
    ...(agent !== undefined && { agent }),
    ...(type !== undefined && { type }),
    ...(by !== undefined && { by }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
    ...(before !== undefined && { before: before as number }),
  })
  const events = withinLength(found.slice(0, limit))
  const last = events.at(-1)
  const now = store.now()
  return ok({
    events: events.map((event) => ({ ...eventView(event, now), hash: event.hash })),
    ...(found.length > events.length && last && { nextCursor: writeCursor([last.seq]) }),
  })
}

/** Agents whose documents are read for one page of grants. */
const GRANTED_AGENTS = 200

/** AP13: what was released in advance, of one agent or of all, by agent. */
export async function listStanding(
  { agents, directory, noteDamage }: ListPorts,
  tenant: string,
  { agent, cursor }: OperatorRequest<'standing.list'>,
): Promise<
  Result<{
    standing: readonly StandingGrantView[]
    unreadable?: readonly string[] | undefined
    nextCursor?: string | undefined
  }>
> {
  const grantsOf = async (id: string) => {
    const doc = await agents.document({ tenant, id })
    return doc && { id, grants: (doc.standing ?? []).map((grant) => standingView(doc, grant)) }
  }
  if (agent !== undefined) {
    const found = await grantsOf(agent)
    return found ? ok({ standing: found.grants }) : refused('not_found')
  }
  const after = cursor === undefined ? '' : readCursor(cursor, ['string'])?.[0]
  if (after === undefined) return BAD_CURSOR
  const { entries, unreadable } = await directory.readable(tenant)
  const ids = (await directory.ids(tenant)).filter(
    (id) => id > after && !unreadable.has(id) && entries.get(id)?.hasStanding,
  )
  const asked = ids.slice(0, GRANTED_AGENTS)
  const failed: string[] = []
  const fail = failing({ noteDamage }, tenant, failed)
  const read = await Promise.all(asked.map((id) => unlessUnreadable(id, () => grantsOf(id), fail)))
  const found = read.filter((one) => one !== undefined)
  const page = withinLength(found)
  const last = page.length < found.length ? page.at(-1)?.id : asked.at(-1)
  return ok({
    standing: page.flatMap(({ grants }) => grants),
    ...unreadableOf([...unreadable, ...failed]),
    ...(last !== undefined && last !== ids.at(-1) && { nextCursor: writeCursor([last]) }),
  })
}
