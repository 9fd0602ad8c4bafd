import type { Epoch } from '@holdpoint/shared'
import {
  type AgentDocument,
  type Approval,
  changed,
  type Instruction,
  type Ticket,
} from './agent-document.ts'
import { giveBack } from './budgets.ts'
import type { Draft } from './draft.ts'
import { endPage } from './page.ts'
import { approvalView, instructionView, ticketView } from './views.ts'

/** How one item's change is logged. */
interface Change {
  readonly type: string
  readonly by: string
  /** Whether the agent's socket is told. */
  readonly tell?: boolean
  readonly more?: Readonly<Record<string, unknown>>
}

/** AP2: what is decided against, and what was released and used up or lapsed, leaves the document. */
const isOver = ({ status, reported, lapsed, revoked }: Approval): boolean =>
  status === 'denied' || status === 'expired' || status === 'cancelled' || !!reported || !!lapsed || !!revoked

/** Writes an approval into document, records and log; clears its deadlines and closes it once it is over. */
export function putApproval(draft: Draft, given: Approval, { type, by, tell, more }: Change): void {
  const { id } = given
  const settled = given.status !== 'pending' && given.page
  const item = settled
    ? changed(given, { page: endPage(draft, { kind: 'approval', id }, settled, 'closed') })
    : given
  const over = isOver(item)
  const others = draft.doc.approvals
  draft.update({ approvals: over ? without(others, item.id) : upsert(others, item) })
  const view = approvalView(draft.doc, item)
  draft.record({
    kind: 'approval',
    id: item.id,
    agent: draft.doc.id,
    status: item.status,
    open: item.status === 'pending',
    at: item.queued.at,
    data: view,
  })
  draft[tell ? 'tell' : 'log'](type, by, { approval: view, ...more })
  if (item.status !== 'pending') draft.clearDeadline(`expire:${item.id}`)
  if (over || item.begun) draft.clearDeadline(`lapse:${item.id}`)
  if (over) draft.close(item.id)
  if (over && !item.begun) giveBack(draft, item)
}

/** Writes a ticket or question likewise. */
export function putTicket(draft: Draft, given: Ticket, { type, by, tell, more }: Change): void {
  const { id, status } = given
  const open = status === 'open' || status === 'acknowledged'
  const says = open ? 'acknowledged' : 'closed'
  const ticket =
    given.page && status !== 'open'
      ? { ...given, page: endPage(draft, { kind: 'ticket', id }, given.page, says) }
      : given
  const others = draft.doc.tickets
  draft.update({ tickets: open ? upsert(others, ticket) : without(others, ticket.id) })
  const view = ticketView(draft.doc, ticket)
  draft.record({
    kind: 'ticket',
    id: ticket.id,
    agent: draft.doc.id,
    status: ticket.status,
    open,
    at: ticket.opened.at,
    data: view,
  })
  draft[tell ? 'tell' : 'log'](type, by, { ticket: view, ...more })
  if (!open) {
    draft.clearDeadline(`ticket:${ticket.id}`)
    draft.close(ticket.id)
  }
}

/** Writes an instruction likewise; an answered one leaves the document. */
export function putInstruction(
  draft: Draft,
  instruction: Instruction,
  settled:
    | { readonly status: 'applied' | 'declined' | 'cancelled'; readonly note?: string | undefined }
    | undefined,
  { type, by, tell }: Change,
): void {
  const others = draft.doc.instructions
  draft.update({ instructions: settled ? without(others, instruction.id) : upsert(others, instruction) })
  const view = instructionView(draft.doc, instruction, settled && { ...settled, at: draft.facts.at })
  draft.record({
    kind: 'instruction',
    id: instruction.id,
    agent: draft.doc.id,
    status: view.status,
    open: !settled,
    at: instruction.queued.at,
    data: view,
  })
  draft[tell ? 'tell' : 'log'](type, by, { instruction: view })
  if (settled) draft.close(instruction.id)
}

/** AP7: released, and not begun by the process that asked for it, which another one has come after since. */
export const isLeftBehind = ({ status, begun, epoch }: Approval, now: Epoch): boolean =>
  status === 'approved' && !begun && epoch !== undefined && epoch !== now

/** AP14: what counts against the cap of open items. */
export const openItems = ({ approvals, tickets }: AgentDocument): number =>
  approvals.filter((item) => !item.begun).length +
  tickets.filter((ticket) => ticket.opened.by !== 'system').length

const without = <T extends { readonly id: string }>(all: readonly T[], id: string): readonly T[] =>
  all.filter((one) => one.id !== id)

const upsert = <T extends { readonly id: string }>(all: readonly T[], item: T): readonly T[] =>
  all.some((one) => one.id === item.id) ? all.map((one) => (one.id === item.id ? item : one)) : [...all, item]

/** AP9: nothing can begin it any more. */
export function lapse(draft: Draft, item: Approval): void {
  const lapsed = changed(item, { lapsed: { at: draft.facts.at, by: 'system' } })
  putApproval(draft, lapsed, { type: 'approval.lapsed', by: 'system' })
}
