import type { AgentDocument } from './agent-document.ts'
import type { SystemCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { drop, logFailure, toldOf } from './outbox.ts'
import { type Attempt, endpointOf, type Outgoing } from './outgoing.ts'
import { noteChannels, noteTried } from './paging.ts'

/** Tries in all: the last comes 75 s after the first, well within the time to acknowledge a page. */
const MAX_TRIES = 5
const FIRST_RETRY_MS = 5_000

/** Records how a try went: told, to be tried again, or given up, which is visible and moves a page on (ES2). */
export function settleSent(
  draft: Draft,
  { id, tried, attempts }: Extract<SystemCommand, { type: 'outbox.settle' }>,
): Decision<AgentDocument> {
  const message = (draft.doc.outbox ?? []).find((one) => one.id === id)
  if (!message || !tried) return draft.unchanged()
  const tries = message.tries + 1
  const isLast = tries >= MAX_TRIES
  const news = attempts.filter((one) => !message.reached.includes(endpointOf(one)))
  const given = (one: Attempt) => one.outcome === 'failed' || (one.outcome === 'retry' && isLast)
  const delivered = news.filter(({ outcome }) => outcome === 'delivered')
  for (const { channel, person } of delivered)
    draft.log('message.delivered', 'system', { ...toldOf(message), channel, person })
  for (const one of news.filter(given)) logFailure(draft, message, one)
  const after: Outgoing = {
    ...message,
    tries,
    dueAt: draft.facts.at + FIRST_RETRY_MS * 2 ** message.tries,
    reached: [...message.reached, ...delivered.map(endpointOf)],
    givenUp: [...message.givenUp, ...news.filter(given).map(endpointOf)],
  }
  const again = !isLast && news.some(({ outcome }) => outcome === 'retry')
  if (again) {
    const others = draft.doc.outbox ?? []
    draft.update({ outbox: others.map((one) => (one.id === id ? after : one)) })
    draft.setDeadline(`send:${id}`, after.dueAt)
  } else {
    drop(draft, [message])
  }
  if (message.says === 'page') {
    const through = delivered.flatMap(({ channel }) => channel ?? [])
    noteChannels(draft, message.about, through)
    noteTried(draft, message, { reached: after.reached.length > 0, again })
  }
  return draft.done({})
}
