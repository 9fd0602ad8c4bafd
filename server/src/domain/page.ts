import { type Policy, SECOND } from '@holdpoint/shared'
import type { Draft } from './draft.ts'
import { drop, send } from './outbox.ts'
import type { About } from './outgoing.ts'
import type { Page } from './page-view.ts'

export type EscalationPolicy = Policy['escalationPolicies'][string]

/** The escalation policy of that name, where policy has one. */
export const planOf = ({ escalationPolicies }: Policy, name: string): EscalationPolicy | undefined =>
  Object.hasOwn(escalationPolicies, name) ? escalationPolicies[name] : undefined

/** Channels behind which somebody waits to hear how it ended; mail and chat would only be noise. */
const HEARS_THE_END: readonly Policy['channels'][string]['kind'][] = ['pagerduty', 'webhook']

/** One try lasts 10 s at most (post.ts): what is being said at this very moment has arrived by then, or never will. */
const UNDER_WAY_MS = 15 * SECOND

/**
 * ES2: acknowledging, and whatever settles the item, stops the page: nobody is told any more that it waits. A page that is
 * being sent just now must not come after its end: the receiver would think that it waits.
 */
export function endPage(draft: Draft, about: About, page: Page, says: 'acknowledged' | 'closed'): Page {
  if (page.status === 'over' || (says === 'acknowledged' && page.status === 'acknowledged')) return page
  const queued = (draft.doc.outbox ?? []).filter((one) => one.about.id === about.id)
  const pages = queued.filter((one) => one.says === 'page')
  const ends = queued.filter((one) => one.says !== 'page')
  drop(draft, pages)
  draft.clearDeadline(`page:${about.id}`)
  const { at, policy } = draft.facts
  const underWay = pages.filter((one) => one.dueAt <= at)
  const dueAt = Math.max(underWay.length > 0 ? at + UNDER_WAY_MS : at, ...ends.map((one) => one.dueAt))
  // at whose pager a person is told is known only once it was tried
  const pagers = underWay.some(({ to }) => !('channel' in to)) ? pagersOf(policy) : []
  const channels = [...new Set([...page.channels, ...pagers])]
  for (const channel of channels) {
    const kind = Object.hasOwn(policy.channels, channel) ? policy.channels[channel]?.kind : undefined
    if (kind && HEARS_THE_END.includes(kind))
      send(draft, {
        id: `${about.id}.${says}.${channel}`,
        about,
        says,
        to: { channel },
        turn: page.turn,
        dueAt,
      })
  }
  return { ...page, channels, status: says === 'closed' ? 'over' : says, nextAt: undefined }
}

const pagersOf = ({ channels }: Policy): readonly string[] =>
  Object.keys(channels).filter((name) => channels[name]?.kind === 'pagerduty')
