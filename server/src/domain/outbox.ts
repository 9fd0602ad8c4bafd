import type { Draft } from './draft.ts'
import type { Attempt, Outgoing } from './outgoing.ts'

/** What one document keeps: more than its open items ask for, and small all the same. */
const MAX_OUTGOING = 100

/** Queues one message, once. Where too many wait, the oldest gives way, visibly. */
export function send(draft: Draft, message: Pick<Outgoing, 'id' | 'about' | 'says' | 'to' | 'turn'>): void {
  const { at } = draft.facts
  const queued = draft.doc.outbox ?? []
  if (queued.some(({ id }) => id === message.id)) return
  const [oldest] = queued
  if (oldest && queued.length >= MAX_OUTGOING) {
    drop(draft, [oldest])
    logFailure(draft, oldest, { outcome: 'failed', reason: 'Too many messages waited to be sent.' })
  }
  const outgoing: Outgoing = { ...message, queuedAt: at, dueAt: at, tries: 0, reached: [], givenUp: [] }
  draft.update({ outbox: [...(draft.doc.outbox ?? []), outgoing] })
  draft.setDeadline(`send:${message.id}`, at)
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
