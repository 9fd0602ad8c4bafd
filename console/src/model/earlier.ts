import type { EventPage, HistoryQuery } from '@holdpoint/client/operator'
import type { ApprovalView } from '@holdpoint/shared'
import { approvalOutcome } from './outcomes.ts'

/** What ends an item by persons, or for want of them. What policy releases by itself is no decision to learn from. */
const DECISIVE = ['approval.denied', 'approval.approved', 'approval.expired'] as const
const PAGE = 200
/** So many pages of each are looked through at most: the facts are of all actions of the agent. */
const PAGES = 3
const ENOUGH = 20

/** How earlier requests of one action ended. */
export interface Earlier {
  /** `denied`: 3; the most telling first. */
  readonly counts: readonly (readonly [what: string, count: number])[]
  /** How many decisions of each sort were looked through where there are more of them; undefined where these are all. */
  readonly amongLatest: number | undefined
}

/** Reads how an agent's requests of one action ended, except this one. Errors: as `history`. */
export async function readEarlier(
  history: (query: HistoryQuery) => Promise<EventPage>,
  { id, agent, action }: Pick<ApprovalView, 'id' | 'agent' | 'action'>,
): Promise<Earlier> {
  const counts = new Map<string, number>()
  let amongLatest: number | undefined
  for (const type of DECISIVE) {
    let cursor: string | undefined
    let read = 0
    let found = 0
    do {
      const page = await history({ agent, type, limit: PAGE, ...(cursor !== undefined && { cursor }) })
      read += page.events.length
      for (const { data } of page.events) {
        const view = data.approval as ApprovalView | undefined
        const outcome = view?.action === action && view.id !== id ? approvalOutcome(view) : undefined
        if (!outcome) continue
        found += 1
        counts.set(outcome.what, (counts.get(outcome.what) ?? 0) + 1)
      }
      cursor = page.nextCursor
    } while (cursor !== undefined && found < ENOUGH && read < PAGES * PAGE)
    if (cursor !== undefined) amongLatest = Math.min(amongLatest ?? read, read)
  }
  return { counts: [...counts], amongLatest }
}
