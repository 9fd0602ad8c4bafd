import type { ApprovalView, OperatorRequestName, TicketView } from '@holdpoint/shared'
import type { Received } from './connection/reading.ts'
import type { Replica } from './replica.ts'

/** The lists that together hold what is open. */
const LISTS = [
  { event: 'approval.list', kind: 'approvals', status: 'pending' },
  { event: 'ticket.list', kind: 'tickets', status: 'open' },
  { event: 'ticket.list', kind: 'tickets', status: 'acknowledged' },
] as const

/** The server cuts a page where it grows too long for one message. */
const PAGE = 500

interface Ports {
  readonly replica: Replica
  /** One request on the connection of now. Throws where it has no good answer. */
  readonly ask: (event: OperatorRequestName, payload: object) => Promise<Received>
  /** Told after each page. */
  readonly took: () => void
}

/**
 * A snapshot holds the oldest that fit into one message: this reads the lists for the others, until the replica has all
 * that waits (PR4). What the feed tells meanwhile is newer than any page and stands. Errors: as `ask`.
 */
export async function readBeyondSnapshot(ports: Ports): Promise<void> {
  const { replica } = ports
  // another snapshot in between took away what the pages before it brought
  while (replica.loaded !== 'whole') if (await readLists(ports, replica.snapshots)) replica.becomeWhole()
  ports.took()
}

/** Whether it read them all into the replica of that snapshot. */
async function readLists({ replica, ask, took }: Ports, snapshot: number): Promise<boolean> {
  for (const { event, kind, status } of LISTS) {
    let cursor: unknown
    do {
      const page: Received = await ask(event, { status, limit: PAGE, cursor })
      if (replica.snapshots !== snapshot) return false
      replica.fillIn(kind, page[kind] as readonly (ApprovalView & TicketView)[])
      cursor = page.nextCursor
      took()
    } while (typeof cursor === 'string')
  }
  return true
}
