import type { Draft } from './draft.ts'
import type { Attempt, Outgoing } from './outgoing.ts'

/** What one document keeps: more than its open items ask for, and small all the same. */
const MAX_OUTGOING = 100

/**
 * Queues one message, once, for now or for when it is due. Where too many wait, the oldest of the least urgent ones gives way,
 * visibly.
 */
export function send(
  draft: Draft,
  message: Pick<Outgoing, 'id' | 'about' | 'says' | 'reminds' | 'to' | 'turn'> & { readonly dueAt?: number },
): void {
  const { at } = draft.facts
  const { dueAt = at } = message
  const queued = draft.doc.outbox ?? []
  if (queued.some(({ id }) => id === message.id)) return
  const outgoing: Outgoing = { ...message, queuedAt: at, dueAt, tries: 0, reached: [], givenUp: [] }
  if (queued.length >= MAX_OUTGOING) {
    const last = leastUrgent(draft, [...queued, outgoing])
    logFailure(draft, last, { outcome: 'failed', reason: 'Too many messages waited to be sent.' })
    if (last === outgoing) return
    drop(draft, [last])
  }
  draft.update({ outbox: [...(draft.doc.outbox ?? []), outgoing] })
  draft.setDeadline(`send:${message.id}`, dueAt)
}

/** What an approval is as urgent as: a user who asks for help. */
const OF_APPROVALS = 3
/** Of what is over: that nobody is left to tell of it any more is the least that can be lost. */
const OF_OTHERS = 6

function leastUrgent({ doc }: Draft, messages: readonly Outgoing[]): Outgoing {
  const priority = ({ about }: Outgoing): number => {
    const ticket = doc.tickets.find(({ id }) => id === about.id)
    if (ticket) return ticket.priority
    return doc.approvals.some(({ id }) => id === about.id) ? OF_APPROVALS : OF_OTHERS
  }
  return messages.reduce((last, one) => (priority(one) > priority(last) ? one : last))
}

/** Nobody needs to hear them any more. */
export function drop(draft: Draft, messages: readonly Outgoing[]): void {
  if (messages.length === 0) return
  const ids = messages.map(({ id }) => id)
  draft.update({ outbox: (draft.doc.outbox ?? []).filter(({ id }) => !ids.includes(id)) })
  for (const id of ids) draft.clearDeadline(`send:${id}`)
}

/** What was said, for events: never an address. */
export const toldOf = ({ id, about, says, turn }: Outgoing) => ({ message: id, about, says, turn })

/** ES2: a dead channel is visible. */
export function logFailure(draft: Draft, message: Outgoing, { channel, person, reason }: Attempt): void {
  draft.log('channel.failed', 'system', { ...toldOf(message), channel, person, reason })
}
