import type { OperatorClient } from '@holdpoint/client/operator'
import { findId, isWhole } from '../ids.ts'
import { isThere } from './is-there.ts'

/** How many of the newest ones a shortened id is looked for in, once it is none of the open ones. */
const RECENT = 500

export const findApproval = (client: OperatorClient, typed: string): Promise<string> =>
  findId('approval', typed, client.replica.approvals.keys(), async () =>
    (await client.approvals({ limit: RECENT })).approvals.map(({ id }) => id),
  )

export const findTicket = (client: OperatorClient, typed: string): Promise<string> =>
  findId('ticket', typed, client.replica.tickets.keys(), async () =>
    (await client.tickets({ limit: RECENT })).tickets.map(({ id }) => id),
  )

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
    const [settled, closed] = await Promise.all([
      client.approvals({ limit: RECENT }),
      client.tickets({ limit: RECENT }),
    ])
    for (const { id } of closed.tickets) known.add(id)
    return [...settled.approvals, ...closed.tickets].map(({ id }) => id)
  }
  const known = new Set<string>(tickets.keys())
  const id = await findId('approval or ticket', typed, [...approvals.keys(), ...tickets.keys()], older)
  if (known.has(id)) return { kind: 'ticket', id }
  if (approvals.has(id) || !isWhole(typed)) return { kind: 'approval', id }
  const isApproval = await isThere(client.approval(id))
  return { kind: isApproval ? 'approval' : 'ticket', id }
}
