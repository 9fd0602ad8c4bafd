import { OperatorClient } from '@holdpoint/client/operator'
import type { AgentView, ApprovalView, EventView, TicketView } from '@holdpoint/shared'
import type { ReadBack } from './history.ts'

const PAGE = 500

/** Everything that a server knows of a tenant, read as any console could. */
export async function readBack(url: string, token: string): Promise<ReadBack> {
  await using client = new OperatorClient({ url, token })
  const events: EventView[] = []
  for await (const event of client.historyEvents({ limit: PAGE })) events.push(event)
  const approvals = await pages<ApprovalView>(async (cursor) => {
    const page = await client.approvals({ cursor, limit: PAGE })
    return [page.approvals, page.nextCursor]
  })
  const tickets = await pages<TicketView>(async (cursor) => {
    const page = await client.tickets({ cursor, limit: PAGE })
    return [page.tickets, page.nextCursor]
  })
  const agents = await pages<AgentView>(async (cursor) => {
    const page = await client.agents({ cursor, limit: PAGE })
    return [page.agents, page.nextCursor]
  })
  return { events: events.reverse(), approvals, tickets, agents }
}

async function pages<T extends { readonly id: string }>(
  read: (cursor: string | undefined) => Promise<readonly [readonly T[], string | undefined]>,
): Promise<ReadonlyMap<string, T>> {
  const all = new Map<string, T>()
  let cursor: string | undefined
  do {
    const [views, next] = await read(cursor)
    for (const view of views) all.set(view.id, view)
    cursor = next
  } while (cursor !== undefined)
  return all
}
