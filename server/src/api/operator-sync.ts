import type { ApprovalView, OperatorAnswers, OrderView, Snapshot, TicketView } from '@holdpoint/shared'
import type { AgentDirectory } from '../commands/agent-directory.ts'
import { withinLength } from '../commands/within-length.ts'
import type { Head, RecordKind, Store } from '../store/store.ts'
import { feedCursor, isKnown, type Place, readFeedCursor } from './feed-cursor.ts'
import { eventView, freshApproval, freshTicket } from './fresh-views.ts'
import { orderViews } from './order-views.ts'
import type { Undelivered } from './undelivered.ts'

export interface SyncPorts {
  readonly store: Store
  readonly directory: AgentDirectory
  /** As of their last commit, not as this node remembers them: no event up to the head that was read is shown again. */
  readonly standingOrders: (tenant: string) => Promise<readonly OrderView[]>
  readonly undelivered: Undelivered
  /** PR4: a console knows a history that this store does not have. */
  readonly alarm: (fields: Readonly<Record<string, unknown>>, message: string) => void
}

/** Few enough that whoever replays a long history holds nobody up for more than some ms at a time. */
const MAX_EVENTS = 200
const PAGE = 200

/**
 * Brings a console to where things stand: what it missed since its cursor, or a snapshot where it has none, or one
 * that this history doesn't know (PR4).
 */
export async function sync(
  ports: SyncPorts,
  tenant: string,
  cursor: string | undefined,
): Promise<OperatorAnswers['sync']> {
  const { store } = ports
  const partition = store.partitionOf(tenant)
  const from = cursor === undefined ? undefined : await checkCursor(ports, tenant, cursor)
  if (from === undefined) {
    // the head first: what is committed while the snapshot is read comes again by the feed, never not at all
    const head = await store.head(partition)
    const snapshot = await takeSnapshot(ports, tenant, head)
    return { snapshot, events: [], more: false, ...place(store, head) }
  }
  const now = store.now()
  const missed = await store.readFeed(partition, from.seq, MAX_EVENTS)
  const events = withinLength(missed.map((event) => eventView(event, now)))
  const last = missed[events.length - 1]
  const { seq, hash } = last ?? from
  const more = (await store.head(partition)).seq > seq
  return { events, more, ...place(store, { partition, seq, hash }) }
}

const place = (store: Store, { partition, seq, hash }: Place & { readonly partition: string }) => ({
  cursor: feedCursor(store.epoch, { seq, hash }),
  storeEpoch: store.epoch,
  partition,
  seq,
})

async function checkCursor(
  { store, alarm }: SyncPorts,
  tenant: string,
  cursor: string,
): Promise<Place | undefined> {
  const named = readFeedCursor(cursor)
  if (!named) return undefined
  if (await isKnown(store, tenant, named)) return named
  const { epoch, seq } = named
  alarm(
    { tenant, cursor: { epoch, seq }, storeEpoch: store.epoch },
    'a console holds a cursor that this history does not know: it was rewritten, lost or trimmed',
  )
  return undefined
}

async function takeSnapshot(ports: SyncPorts, tenant: string, head: Head): Promise<Snapshot> {
  const { store, directory, undelivered } = ports
  const [approvals, tickets, orders, open, agents] = await Promise.all([
    openRecords<ApprovalView>(store, tenant, 'approval'),
    openRecords<TicketView>(store, tenant, 'ticket'),
    orderViews(ports, tenant),
    store.countOpen(tenant),
    directory.readable(tenant),
  ])
  undelivered.noteOpen(tenant, head.seq, approvals)
  const now = store.now()
  return {
    approvals: approvals.map((view) => freshApproval(view, now)),
    tickets: tickets.map((view) => freshTicket(view, now)),
    orders,
    counts: {
      agents: new Set([...agents.entries.keys(), ...agents.unreadable]).size,
      approvals: open.approval ?? 0,
      tickets: open.ticket ?? 0,
    },
  }
}

/** The oldest first, as many as fit; `counts` say how many there are, and lists have the rest. */
async function openRecords<V extends object>(
  store: Store,
  tenant: string,
  kind: RecordKind,
): Promise<readonly V[]> {
  const views: V[] = []
  let after: { readonly at: number; readonly id: string } | undefined
  for (;;) {
    const page = await store.records({ tenant, kind, open: true, limit: PAGE, ...(after && { after }) })
    views.push(...page.map((record) => record.data as V))
    const fitting = withinLength(views)
    const last = page.at(-1)
    if (fitting.length < views.length || page.length < PAGE || !last) return fitting
    after = { at: last.at, id: last.id }
  }
}
