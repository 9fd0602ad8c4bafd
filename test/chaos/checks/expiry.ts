import type { ApprovalView } from '@holdpoint/shared'
import { approvalOf, CLOCK_SLACK_MS, type Command, clock, type IndexedHistory, ticketOf } from '../history.ts'

/**
 * AP3, AP9, ES3: nothing was accepted that was not even sent before its time had passed. This rests on the senders'
 * clock, so that a server that decides on a clock that lags is found out, whatever it writes down.
 */
export function checkExpiry(history: IndexedHistory): readonly string[] {
  const deadlines = deadlinesOf(history)
  return history.commands.flatMap((command) => {
    const until = deadlines.get(`${limitOf(command.name)} ${command.body.id}`)
    if (command.accepted.length === 0 || until === undefined || command.firstSentAt < until + CLOCK_SLACK_MS)
      return []
    return [
      `Expired: ${command.principal} first sent ${command.name} (key ${command.key}) for ${command.body.id} at ` +
        `${clock(command.firstSentAt)} and was told that it is done; its time was up at ${clock(until)}.`,
    ]
  })
}

function limitOf(name: Command['name']): string {
  if (name === 'action.begin') return 'useBy'
  return /^(approval\.(approve|deny|respond)|ticket\.resolve)$/.test(name) ? 'expiresAt' : 'none'
}

/** As clients were told them while it was open: a pause may have put one off, then the latest counts. */
function deadlinesOf({ readBack }: IndexedHistory): ReadonlyMap<string, number> {
  const deadlines = new Map<string, number>()
  const note = (limit: string, id: string, at: string | undefined): void => {
    if (at === undefined) return
    const place = `${limit} ${id}`
    deadlines.set(place, Math.max(Date.parse(at), deadlines.get(place) ?? 0))
  }
  const noteApproval = ({ id, expiresAt, useBy }: ApprovalView): void => {
    note('expiresAt', id, expiresAt)
    note('useBy', id, useBy)
  }
  for (const event of readBack.events) {
    const approval = approvalOf(event)
    if (approval) noteApproval(approval)
    const ticket = ticketOf(event)
    if (ticket) note('expiresAt', ticket.id, ticket.expiresAt)
  }
  return deadlines
}
