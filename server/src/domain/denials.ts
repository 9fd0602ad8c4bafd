import type { Digest } from '@holdpoint/shared'
import type { Approval, Denial } from './agent-document.ts'
import type { Draft } from './draft.ts'
import { openSystemTicket } from './tickets.ts'

/** As many as one document keeps; each cost a person a decision, so an agent can't push one out by itself. */
const MAX_REMEMBERED = 50

/** AP8: remembers what a person denied, edited or as asked, and opens a ticket where too much was denied in a row. */
export function rememberDenial(draft: Draft, { digest, askedDigest }: Approval, reason: string): void {
  const { doc, facts } = draft
  const { rememberMs, inRow } = facts.policy.denials
  const until = facts.at + rememberMs
  const denied = [digest, ...(askedDigest ? [askedDigest] : [])].map((one) => ({
    digest: one,
    reason,
    until,
  }))
  const kept = doc.denials.filter(
    (one) => facts.at < one.until && !denied.some(({ digest: d }) => d === one.digest),
  )
  draft.update({
    denials: [...kept, ...denied].slice(-MAX_REMEMBERED),
    denialsInRow: doc.denialsInRow + 1,
  })
  if (draft.doc.denialsInRow < inRow) return
  openSystemTicket(draft, 'repeated_denials', {
    about: 'denials',
    inRow: draft.doc.denialsInRow,
    note: reason,
  })
}

/** The denial that still stands against these bytes, if any: whoever of those that share the agent's root had asked. */
export const standingDenial = ({ doc, facts }: Draft, digest: Digest): Denial | undefined =>
  [...doc.denials, ...(facts.family?.denials ?? [])].find(
    (one) => one.digest === digest && facts.at < one.until,
  )
