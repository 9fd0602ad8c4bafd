import type { ApprovalView, TicketView } from '@holdpoint/shared'
import type { RecordKind, StoredEvent } from '../store/store.ts'

/**
 * Whose each item is that lately went by in the feed. It stays so for good, so that a person's decision about one need not
 * read its record first.
 */
export interface ItemAgents {
  note(tenant: string, events: readonly StoredEvent[]): void
  /** Undefined where the record must be asked. */
  of(tenant: string, kind: RecordKind, id: string): string | undefined
}

/** The last that were heard of. */
const MOST_KEPT = 10_000

export function createItemAgents(): ItemAgents {
  const agents = new Map<string, string>()

  const keep = (key: string, agent: string): void => {
    agents.delete(key)
    agents.set(key, agent)
    const [oldest] = agents.keys()
    if (agents.size > MOST_KEPT && oldest !== undefined) agents.delete(oldest)
  }

  return {
    note(tenant, events) {
      for (const { data } of events) {
        const { approval, ticket } = data as {
          readonly approval?: ApprovalView
          readonly ticket?: TicketView
        }
        if (approval) keep(keyOf(tenant, 'approval', approval.id), approval.agent)
        if (ticket) keep(keyOf(tenant, 'ticket', ticket.id), ticket.agent)
      }
    },
    of: (tenant, kind, id) => agents.get(keyOf(tenant, kind, id)),
  }
}

/** A person's own words come last. */
const keyOf = (tenant: string, kind: RecordKind, id: string): string => `${tenant} ${kind} ${id}`
