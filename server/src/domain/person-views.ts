import { type FactorView, iso, type PersonView, type SessionView } from '@holdpoint/shared'
import { unlocked } from './attempts.ts'
import { type PersonDocument, revisionOf } from './person-document.ts'
import type { Session } from './session-document.ts'

/** A person as events show them. Addresses are left out: the log can be read by viewers, and outlives an address. */
export function personView(doc: PersonDocument): PersonView {
  const { id, displayName, role, teams, logins, added, disabled } = doc
  return {
    id,
    displayName,
    role,
    teams,
    logins,
    addedAt: iso(added.at),
    revision: revisionOf(doc),
    disabled: disabled && { at: iso(disabled.at), by: disabled.by, reason: disabled.reason },
  }
}

/** As admins and the person see them. */
export const personDetail = (doc: PersonDocument, at: number): PersonView => ({
  ...personView(doc),
  addresses: doc.addresses,
  factor: factorView(doc, at),
  hasPassword: doc.password !== undefined,
})

export function factorView(doc: PersonDocument, at: number): FactorView {
  const { factor, reset } = doc
  const { lockedUntil } = unlocked(doc.attempts, at)
  return {
    enrolled: factor !== undefined,
    since: factor && iso(factor.since),
    lockedUntil: lockedUntil === undefined ? undefined : iso(lockedUntil),
    recoveryCodes: factor?.recovery.length ?? 0,
    reset: reset && { at: iso(reset.at), by: reset.by, dueAt: iso(reset.dueAt), reason: reset.reason },
  }
}

/** As its person and admins see it. `current`: the one that asks. */
export function sessionView(
  { id, method, createdAt, seenAt, expiresAt, userAgent, address }: Session,
  current: boolean,
): SessionView {
  return {
    id,
    method,
    createdAt: iso(createdAt),
    seenAt: iso(seenAt),
    expiresAt: iso(expiresAt),
    userAgent,
    address,
    current,
  }
}
