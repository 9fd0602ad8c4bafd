import type { ReplicaView } from '@holdpoint/client/operator'
import type { ApprovalView, TicketView } from '@holdpoint/shared'

/** One thing that waits for a person. */
export type Item =
  | { readonly kind: 'approval'; readonly id: string; readonly view: ApprovalView }
  | { readonly kind: 'ticket'; readonly id: string; readonly view: TicketView }

/** All that waits, the nearest deadline first, of two alike the riskier first. */
export function itemsOf({ approvals, tickets }: Pick<ReplicaView, 'approvals' | 'tickets'>): readonly Item[] {
  const items: Item[] = [
    ...[...approvals.values()].map((view) => ({ kind: 'approval', id: view.id, view }) as const),
    ...[...tickets.values()].map((view) => ({ kind: 'ticket', id: view.id, view }) as const),
  ]
  return items.sort(byDeadlineAndRisk)
}

export const byDeadlineAndRisk = (a: Item, b: Item): number =>
  deadlineOf(a) - deadlineOf(b) || (b.view.risk ?? 0) - (a.view.risk ?? 0) || (a.id < b.id ? -1 : 1)

/** ms since the Unix epoch, by the server's clock. */
export const deadlineOf = ({ view }: Item): number =>
  view.expiresAt === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(view.expiresAt)
