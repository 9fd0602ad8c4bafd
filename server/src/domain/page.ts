import type { Policy } from '@holdpoint/shared'
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

/** ES2: acknowledging, and whatever settles the item, stops the page: nobody is told any more that it waits. */
export function endPage(draft: Draft, about: About, page: Page, says: 'acknowledged' | 'closed'): Page {
  if (page.status === 'over' || (says === 'acknowledged' && page.status === 'acknowledged')) return page
  const waiting = (draft.doc.outbox ?? []).filter((one) => one.about.id === about.id && one.says === 'page')
  drop(draft, waiting)
  draft.clearDeadline(`page:${about.id}`)
  const { channels } = draft.facts.policy
  for (const channel of page.channels) {
    const kind = Object.hasOwn(channels, channel) ? channels[channel]?.kind : undefined
    if (kind && HEARS_THE_END.includes(kind))
      send(draft, { id: `${about.id}.${says}.${channel}`, about, says, to: { channel }, turn: page.turn })
  }
  return { ...page, status: says === 'closed' ? 'over' : says, nextAt: undefined }
}
