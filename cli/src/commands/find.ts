import type { OperatorClient } from '@holdpoint/client/operator'
import { findId, isWhole } from '../ids.ts'
import { isThere } from './is-there.ts'

/** As many as one answer holds. */
const PAGE = 500

export const findApproval = (client: OperatorClient, typed: string): Promise<string> =>
  findId('approval', typed, client.replica.approvals.keys(), () => approvalIds(client))

export const findTicket = (client: OperatorClient, typed: string): Promise<string> =>
  findId('ticket', typed, client.replica.tickets.keys(), () => ticketIds(client))

export const findOrder = (client: OperatorClient, typed: string): Promise<string> =>
  findId('order', typed, client.replica.orders.keys(), async () =>
    (await client.orders()).map(({ id }) => id),
  )

/** An approval, or else a ticket or question. */
export async function findItem(
  client: OperatorClient,
  typed: string,
): Promise<{ readonly kind: 'approval' | 'ticket'; readonly id: string }> {
  const { approvals, tickets } = client.replica
  const older = async () => {
    const [settled, closed] = await Promise.all([approvalIds(client), ticketIds(client)])
    for (const id of closed) known.add(id)
    return [...settled, ...closed]
  }
  const known = new Set<string>(tickets.keys())
  const id = await findId('approval or ticket', typed, [...approvals.keys(), ...tickets.keys()], older)
  if (known.has(id)) return { kind: 'ticket', id }
  if (approvals.has(id) || !isWhole(typed)) return { kind: 'approval', id }
  const isApproval = await isThere(client.approval(id))
  return { kind: isApproval ? 'approval' : 'ticket', id }
}

const approvalIds = (client: OperatorClient): Promise<readonly string[]> =>
  allIds(async (cursor) => {
    const { approvals, nextCursor } = await client.approvals({ limit: PAGE, cursor })
    return { page: approvals, nextCursor }
  })

const ticketIds = (client: OperatorClient): Promise<readonly string[]> =>
  allIds(async (cursor) => {
    const { tickets, nextCursor } = await client.tickets({ limit: PAGE, cursor })
    return { page: tickets, nextCursor }
  })

/** Lists begin with the oldest and take no part of an id: whether it is there, and once, only all of them tell. */
async function allIds(
  read: (cursor: string | undefined) => Promise<{
    readonly page: readonly { readonly id: string }[]
    readonly nextCursor?: string | undefined
  }>,
): Promise<readonly string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const { page, nextCursor } = await read(cursor)
    for (const { id } of page) ids.push(id)
    cursor = nextCursor
  } while (cursor !== undefined)
  return ids
}
