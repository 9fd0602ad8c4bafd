import { iso, MINUTE, ok, refused } from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision } from './effects.ts'
import type { PersonDocument } from './person-document.ts'
import { personView } from './person-views.ts'
import { personEffects } from './persons.ts'
import { admittedBy, type Opening, withSession } from './sessions.ts'

/** How long a sign-in link waits for its one claim. */
const LINK_MS = 10 * MINUTE

/** Hands a link out; an earlier one counts no more. Errors: `not_found`, `conflict` (disabled). */
export function issueLink(
  doc: PersonDocument | undefined,
  { hash, by }: { readonly hash: string; readonly by: Person },
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  if (doc.disabled) return { answer: refused('conflict', 'They are disabled; enable them first.') }
  const expiresAt = at + LINK_MS
  const event = { type: 'person.link_issued', by: by.id, data: { person: personView(doc) } }
  return {
    answer: ok({ expiresAt: iso(expiresAt) }),
    effects: personEffects({ ...doc, link: { hash, expiresAt, by: by.id } }, [event]),
  }
}

const NO_LINK = refused(
  'unauthenticated',
  'This link was used, has run out or never was; ask for another one.',
)

/** One claim, which opens a session. Every failure reads the same, so that it tells nothing about who is registered. */
export function claimLink(
  doc: PersonDocument | undefined,
  { hash, opening }: { readonly hash: string; readonly opening: Omit<Opening, 'method' | 'admittedBy'> },
  at: number,
): Decision<PersonDocument> {
  const { link } = doc ?? {}
  if (!doc || doc.disabled || link?.hash !== hash || at >= link.expiresAt) return { answer: NO_LINK }
  const {
    doc: opened,
    session,
    events,
  } = withSession(doc, { ...opening, method: 'link', ...admittedBy(doc, link.by) }, at)
  return {
    answer: ok({ role: session.role }),
    effects: personEffects({ ...opened, link: undefined }, events),
  }
}
