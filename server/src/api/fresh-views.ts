import { type ApprovalView, type EventView, iso, type Push, type TicketView } from '@holdpoint/shared'
import type { StoredEvent } from '../store/store.ts'

/**
 * A view with what is left of its time when it is sent (PROTOCOL): to decide it, or to begin what was released (AP9). One
 * whose time no longer counts stays as it is. What is remembered or stored never carries it.
 */
export function freshApproval<V extends ApprovalView>(view: V, now: number): V {
  const { useBy, stages } = view
  const isOver = stages.begun ?? stages.lapsed ?? stages.revoked
  const deadline = view.status === 'pending' ? view.expiresAt : isOver ? undefined : useBy
  return deadline === undefined ? view : { ...view, ...{ remainingMs: leftUntil(deadline, now) } }
}

export function freshTicket(view: TicketView, now: number): TicketView {
  return view.status === 'open' || view.status === 'acknowledged'
    ? { ...view, ...{ remainingMs: leftUntil(view.expiresAt, now) } }
    : view
}

/** A fact of the log as consoles get it. */
export function eventView({ seq, at, type, agent, by, data }: StoredEvent, now: number): EventView {
  return { seq, at: iso(at), type, agent, by, data: freshData(data, now) }
}

/*
 * Spread, and not written behind the spread: V8 would give a view that gains a field so a hidden class of its own (docs/benchmarks.md).
 */

type Fields = Readonly<Record<string, unknown>>

/** The views that an answer or a fact carries. */
export function freshData(data: Fields, now: number): Fields {
  const approval = data.approval as ApprovalView | undefined
  if (approval) return { ...data, ...{ approval: freshApproval(approval, now) } }
  const ticket = data.ticket as TicketView | undefined
  if (ticket) return { ...data, ...{ ticket: freshTicket(ticket, now) } }
  return data
}

/** What an agent is told. */
export const freshPush = (push: Push, now: number): Push => ({
  ...push,
  items: push.items.map((item) =>
    item.type === 'approval.settled' ? { ...item, data: freshApproval(item.data, now) } : item,
  ),
})

const leftUntil = (timestamp: string, now: number): number => Math.max(0, Date.parse(timestamp) - now)
