import {
  type AgentState,
  type ApprovalView,
  type AutonomyView,
  type InstructionView,
  iso,
  type Push,
  type PushItem,
  type TicketView,
} from '@holdpoint/shared'
import type { StoredEvent } from '../store/store.ts'

/** An event that was numbered for its agent's socket, as that agent is told; undefined for any other. */
export function pushOfEvent({ type, at, by, data, push }: StoredEvent): Push | undefined {
  if (!push) return undefined
  return {
    seq: push.seq,
    at: iso(at),
    state: push.state as AgentState,
    items: itemsOf(type, data),
    ...(type === 'agent.stopped' && by !== undefined && { stopped: { by, reason: data.reason as string } }),
  }
}

/** IN2: an agent that resumes is handed what it was not while it was paused. */
function itemsOf(type: string, data: StoredEvent['data']): readonly PushItem[] {
  if (type === 'agent.resumed')
    return ((data.instructions ?? []) as readonly InstructionView[]).map((one) => ({
      type: 'instruction',
      data: one,
    }))
  const item = itemOf(type, data)
  return item ? [item] : []
}

/** A push without items says that the state changed. */
function itemOf(type: string, data: StoredEvent['data']): PushItem | undefined {
  switch (type) {
    case 'approval.approved':
    case 'approval.denied':
    case 'approval.expired':
    case 'approval.cancelled':
    case 'approval.auto_approved':
      return { type: 'approval.settled', data: data.approval as ApprovalView }
    case 'question.resolved':
    case 'question.expired':
    case 'question.cancelled':
      return { type: 'question.settled', data: data.ticket as TicketView }
    case 'ticket.resolved':
    case 'ticket.expired':
    case 'ticket.cancelled':
      return { type: 'ticket.settled', data: data.ticket as TicketView }
    case 'instruction.queued':
      return { type: 'instruction', data: data.instruction as InstructionView }
    case 'autonomy.changed':
      return { type: 'autonomy.changed', data: data.autonomy as AutonomyView }
    case 'run.superseded':
      return { type: 'run.superseded', data: { epoch: data.epoch as string } }
    default:
      return undefined
  }
}
