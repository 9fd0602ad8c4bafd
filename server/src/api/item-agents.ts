import type { ApprovalView, TicketView } from '@holdpoint/shared'
import QuickLRU from 'quick-lru'
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

/**
 * The last that were heard of, and at least half of these. Not a `Map` whose oldest is dropped each time: V8 looks for the first that is
 * left past all that were there, 12 µs with ten thousand.
 */
const MOST_KEPT = 10_000

export function createItemAgents(): ItemAgents {
  const agents = new QuickLRU<string, string>({ maxSize: MOST_KEPT / 2 })

  return {
    note(tenant, events) {
      for (const { data } of events) {
        const { approval, ticket } = data as {
          readonly approval?: ApprovalView
          readonly ticket?: TicketView
        }
        if (approval) agents.set(keyOf(tenant, 'approval', approval.id), approval.agent)
        if (ticket) agents.set(keyOf(tenant, 'ticket', ticket.id), ticket.agent)
      }
    },
    of: (tenant, kind, id) => agents.get(keyOf(tenant, kind, id)),
  }
}

/** A person's own words come last. */
const keyOf = (tenant: string, kind: RecordKind, id: string): string => `${tenant} ${kind} ${id}`
