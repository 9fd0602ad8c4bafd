import type { OperatorClient } from '@holdpoint/client/operator'
import { findId } from '../ids.ts'

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
