import { type ApprovalView, type EventView, iso, type TicketView } from '@holdpoint/shared'
import type { StoredEvent } from '../store/store.ts'

/** A view with what is left of its time when it is sent (PROTOCOL); one whose time no longer counts stays as it is. */
export function freshApproval<V extends ApprovalView>(view: V, now: number): V {
  return view.status === 'pending' && view.expiresAt !== undefined
    ? { ...view, remainingMs: leftUntil(view.expiresAt, now) }
    : view
}

export function freshTicket(view: TicketView, now: number): TicketView {
  return view.status === 'open' || view.status === 'acknowledged'
    ? { ...view, remainingMs: leftUntil(view.expiresAt, now) }
    : view
}

/** A fact of the log as consoles get it. */
export function eventView({ seq, at, type, agent, by, data }: StoredEvent, now: number): EventView {
  return { seq, at: iso(at), type, agent, by, data: freshData(data, now) }
}

function freshData(data: StoredEvent['data'], now: number): StoredEvent['data'] {
  const approval = data.approval as ApprovalView | undefined
  if (approval) return { ...data, approval: freshApproval(approval, now) }
  const ticket = data.ticket as TicketView | undefined
  if (ticket) return { ...data, ticket: freshTicket(ticket, now) }
  return data
}

const leftUntil = (timestamp: string, now: number): number => Math.max(0, Date.parse(timestamp) - now)
