import type { ApprovalView } from '@holdpoint/shared'
import type { StoredEvent } from '../store/store.ts'

/** Approvals that wait and that no console is known to have received (AP11), by tenant. */
export interface Undelivered {
  /** What a feed brought: new ones, and those that nobody needs to receive any more. */
  note(tenant: string, events: readonly StoredEvent[]): void
  /** What a snapshot showed. */
  noteOpen(tenant: string, seq: number, approvals: readonly ApprovalView[]): void
  /** Those that a console which received the feed up to `seq` has; each is given once. */
  take(tenant: string, seq: number): readonly { readonly id: string; readonly agent: string }[]
}

interface Waiting {
  readonly id: string
  readonly agent: string
  readonly seq: number
}

export function createUndelivered(): Undelivered {
  const tenants = new Map<string, Map<string, Waiting>>()

  const of = (tenant: string): Map<string, Waiting> => {
    const known = tenants.get(tenant) ?? new Map<string, Waiting>()
    tenants.set(tenant, known)
    return known
  }

  const noteOne = (
    waiting: Map<string, Waiting>,
    seq: number,
    { id, agent, status, stages }: ApprovalView,
  ): void => {
    if (status !== 'pending' || stages.delivered) waiting.delete(id)
    else if (!waiting.has(id)) waiting.set(id, { id, agent, seq })
  }

  return {
    note(tenant, events) {
      for (const { seq, data } of events)
        if (data.approval) noteOne(of(tenant), seq, data.approval as ApprovalView)
    },
    noteOpen(tenant, seq, approvals) {
      for (const approval of approvals) noteOne(of(tenant), seq, approval)
    },
    take(tenant, seq) {
      const waiting = of(tenant)
      const taken = [...waiting.values()].filter((one) => one.seq <= seq)
      for (const { id } of taken) waiting.delete(id)
      return taken
    },
  }
}
