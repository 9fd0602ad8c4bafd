import type { ReplicaView } from '@holdpoint/client/operator'
import { type ApprovalView, hasRole, type PersonRole, type Policy, type TicketView } from '@holdpoint/shared'

/** One thing that waits for a person. */
export type Item =
  | { readonly kind: 'approval'; readonly id: string; readonly deadline: number; readonly view: ApprovalView }
  | { readonly kind: 'ticket'; readonly id: string; readonly deadline: number; readonly view: TicketView }

/** ms since the epoch, by the server's clock. */
const deadlineOf = (expiresAt: string | undefined): number =>
  expiresAt === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt)

export const approvalItem = (view: ApprovalView): Item => ({
  kind: 'approval',
  id: view.id,
  deadline: deadlineOf(view.expiresAt),
  view,
})

export const ticketItem = (view: TicketView): Item => ({
  kind: 'ticket',
  id: view.id,
  deadline: deadlineOf(view.expiresAt),
  view,
})

/** Views are replaced, never changed: what was made of one holds for as long as it is there. */
const made = new WeakMap<object, Item>()

function itemOf<V extends object>(view: V, make: (view: V) => Item): Item {
  const known = made.get(view)
  if (known) return known
  const item = make(view)
  made.set(view, item)
  return item
}

/** The nearest deadline first, of two alike the riskier first. */
export const byDeadlineAndRisk = (a: Item, b: Item): number =>
  a.deadline - b.deadline || (b.view.risk ?? 0) - (a.view.risk ?? 0) || (a.id < b.id ? -1 : 1)

/** All that waits, in order. */
export function itemsOf({ approvals, tickets }: Pick<ReplicaView, 'approvals' | 'tickets'>): readonly Item[] {
  const items: Item[] = []
  for (const view of approvals.values()) items.push(itemOf(view, approvalItem))
  for (const view of tickets.values()) items.push(itemOf(view, ticketItem))
  return items.sort(byDeadlineAndRisk)
}

/** Somebody who looks: their id and what their role lets them do. */
export interface Person {
  readonly id: string
  readonly role: PersonRole
  readonly teams: readonly string[]
}

/**
 * Whether this person could decide it now: of a level that their role releases, not held, not expired, and without their
 * word on it yet, where it takes several (AP5).
 */
export function waitsFor(person: Person, item: Item, policy: Policy | undefined, now: number): boolean {
  if (item.deadline <= now) return false
  if (item.kind === 'ticket') {
    const { assignee } = item.view
    return hasRole(person.role, 'operator') && (assignee === undefined || assignee === person.id)
  }
  return (
    !item.view.held && wordOf(person.id, item.view) === undefined && mayRelease(person, item.view, policy)
  )
}

/** What a person has said about an approval that takes several and still waits (AP5). */
export function wordOf(
  person: string,
  { signatures = [], objections = [] }: ApprovalView,
): 'signed' | 'denied' | undefined {
  if (signatures.some(({ by }) => by === person)) return 'signed'
  return objections.some(({ by }) => by === person) ? 'denied' : undefined
}

/** AP: the least role of the level; without a policy at hand, what the built-in one says of the strictest. */
export function mayRelease({ role }: Person, { level }: ApprovalView, policy: Policy | undefined): boolean {
  return hasRole(role, policy?.levels[level].role ?? 'admin')
}

/** What a line is called: its action, or why the ticket was opened. */
export const titleOf = (item: Item): string =>
  item.kind === 'approval'
    ? item.view.action
    : item.view.kind === 'question'
      ? 'question'
      : item.view.reason.replaceAll('_', ' ')

/** What a filter looks into. */
export function matchesText(item: Item, text: string): boolean {
  const { view } = item
  const words = [view.agent, view.id]
  if (item.kind === 'approval') words.push(item.view.action, item.view.level, item.view.summary ?? '')
  else words.push(item.view.reason, item.view.kind, item.view.question ?? '', item.view.assignee ?? '')
  const all = words.join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((term) => all.includes(term))
}
