import { iso, type PersonView } from '@holdpoint/shared'
import type { PersonDocument } from './person-document.ts'

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
    disabled: disabled && { at: iso(disabled.at), by: disabled.by, reason: disabled.reason },
  }
}

/** As admins and the person see them. */
export const personDetail = (doc: PersonDocument): PersonView => ({
  ...personView(doc),
  addresses: doc.addresses,
})
