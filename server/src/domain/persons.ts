import { type Addresses, ok, type PersonRole, personRoles, type Refusal, refused } from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision, Effects, Fact } from './effects.ts'
import { type LoginDocument, type PersonDocument, revisionOf } from './person-document.ts'
import { personView } from './person-views.ts'

/** What admins say of a person; what is not named stays. */
export interface Profile {
  readonly displayName?: string | undefined
  readonly role?: PersonRole | undefined
  readonly teams?: readonly string[] | undefined
  readonly logins?: readonly string[] | undefined
  readonly addresses?: Addresses | undefined
}

export type PersonRecordCommand =
  | { readonly type: 'person.add'; readonly profile: Profile; readonly by: Person }
  | {
      readonly type: 'person.change'
      readonly profile: Profile
      readonly by: Person
      /** The revision that it was made from. */
      readonly replaces?: number | undefined
    }
  | { readonly type: 'person.disable' | 'person.enable'; readonly reason: string; readonly by: Person }

/** Due at once: what a disabled person has signed, and nobody has finished, is to fall. */
export const VOID_DEADLINE = 'void-signatures'

/** As many of their former logins as a record remembers; it may forget none. */
const MAX_RETIRED = 200

/**
 * Decides one command on a person's record. Pure. Errors: `conflict` (exists, is so already, or was changed meanwhile),
 * `not_found`.
 */
export function decidePerson(
  key: { readonly tenant: string; readonly id: string },
  doc: PersonDocument | undefined,
  command: PersonRecordCommand,
  at: number,
): Decision<PersonDocument> {
  if (command.type === 'person.add') return add(key, doc, command, at)
  if (!doc) return { answer: refused('not_found') }
  const { by } = command
  switch (command.type) {
    case 'person.change': {
      if (command.replaces !== undefined && command.replaces !== revisionOf(doc))
        return standing('Somebody has changed this person since you looked; look again.', doc)
      const changed = { ...doc, ...said(doc.id, command.profile), revision: revisionOf(doc) + 1 }
      // as with disabling: of the last one who could take it back nobody else would be left
      if (by.id === doc.id && changed.role !== doc.role)
        return { answer: refused('conflict', 'You can not change your own role; ask another admin.') }
      const taken = doc.logins.filter((login) => !changed.logins.includes(login))
      const retired = [...new Set([...(doc.retired ?? []), ...taken])].filter(
        (login) => !changed.logins.includes(login),
      )
      if (retired.length > MAX_RETIRED)
        return { answer: refused('conflict', `Of one person no more than ${MAX_RETIRED} logins are taken.`) }
      return personDone({ ...changed, retired }, 'person.changed', by, taken.length > 0 ? { taken } : {})
    }
    case 'person.disable': {
      const { reason } = command
      // of the last one who could take it back nobody else would be left
      if (by.id === doc.id)
        return { answer: refused('conflict', 'You can not disable yourself; ask another admin.') }
      if (doc.disabled) return standing('They are disabled already.', doc)
      const disabled = {
        ...doc,
        disabled: { at, by: by.id, reason },
        notBefore: at,
        sessions: [],
        link: undefined,
      }
      return personDone(
        disabled,
        'person.disabled',
        by,
        { reason },
        { set: [{ name: VOID_DEADLINE, dueAt: at }], clear: [] },
      )
    }
    case 'person.enable': {
      if (!doc.disabled) return standing('They are not disabled.', doc)
      return personDone({ ...doc, disabled: undefined }, 'person.enabled', by, { reason: command.reason })
    }
  }
}

function add(
  { tenant, id }: { readonly tenant: string; readonly id: string },
  doc: PersonDocument | undefined,
  { profile, by }: Extract<PersonRecordCommand, { readonly type: 'person.add' }>,
  at: number,
): Decision<PersonDocument> {
  if (doc) return standing('There is a person with that id already; change them instead.', doc)
  const added: PersonDocument = {
    schema: 1,
    id,
    tenant,
    role: 'viewer',
    teams: [],
    logins: [id],
    addresses: {},
    added: { at, by: by.id },
    ...said(id, profile),
  }
  return personDone(added, 'person.added', by)
}

/** The named parts of a profile, each whole. */
function said(id: string, { displayName, role, teams, logins, addresses }: Profile): Partial<PersonDocument> {
  return {
    ...(displayName !== undefined && { displayName }),
    ...(role !== undefined && { role }),
    ...(teams !== undefined && { teams: [...new Set(teams)] }),
    ...(logins !== undefined && { logins: [...new Set([id, ...logins])] }),
    ...(addresses !== undefined && { addresses }),
  }
}

const standing = (sentence: string, doc: PersonDocument): Decision<PersonDocument> => ({
  answer: refused('conflict', sentence, { person: personView(doc) }),
})

/** A changed person, one fact of it, and an answer that shows them. */
export function personDone(
  doc: PersonDocument,
  type: string,
  by: Person,
  more: Readonly<Record<string, unknown>> = {},
  deadlines?: Effects<PersonDocument>['deadlines'],
): Decision<PersonDocument> {
  const event = { type, by: by.id, data: { person: personView(doc), ...more } }
  return { answer: ok({ person: personView(doc) }), effects: personEffects(doc, [event], deadlines) }
}

export const personEffects = (
  doc: PersonDocument,
  events: readonly Fact[],
  deadlines: Effects<PersonDocument>['deadlines'] = { set: [], clear: [] },
): Effects<PersonDocument> => ({ doc, events, deadlines, records: [], blobs: [], closeHolders: [] })

/** A claim that nobody has made good is free for others after so long, ms: its admin's command was cut short. */
const CLAIM_MS = 60_000

/**
 * ID2: a login is one person's. `holder`: whether the person it names now has it in their record, or had it.
 * Errors: `conflict`, naming whose it is.
 */
export function decideLogin(
  login: string,
  doc: LoginDocument | undefined,
  person: string,
  holder: { readonly lists: boolean; readonly retired: boolean },
  at: number,
): Decision<LoginDocument> {
  if (doc?.person === person) return { answer: ok({}) }
  if (doc && (holder.lists || at < doc.claimedAt + CLAIM_MS))
    return {
      answer: refused('conflict', `"${login}" is a login of ${doc.person}; take it from them first.`, {
        person: doc.person,
      }),
    }
  const once = doc?.once || holder.retired
  const claimed: LoginDocument = { schema: 1, person, claimedAt: at, ...(once && { once }) }
  return {
    answer: ok({}),
    effects: {
      doc: claimed,
      events: [],
      deadlines: { set: [], clear: [] },
      records: [],
      blobs: [],
      closeHolders: [],
    },
  }
}

/** A credential of a person, as its token says. Times in ms. */
export interface Presented {
  readonly id: string
  readonly role: PersonRole
  readonly jti: string
  readonly issuedAt: number
  /** The session that its token was made for. */
  readonly session?: string | undefined
}

/**
 * Whom a credential speaks for, and as what: the lesser of the token's role and the record's, where there is one.
 * Errors: `unauthenticated` for a disabled person, for what was issued before they were disabled, and for what was
 * made for a session that is over.
 */
export function actingAs(
  presented: Presented,
  doc: PersonDocument | undefined,
): { readonly ok: true; readonly value: Person } | { readonly ok: false; readonly error: Refusal } {
  const credential = { id: presented.id, jti: presented.jti, issuedAt: presented.issuedAt }
  const { session } = presented
  // a session is part of a record: without one there is none either
  if (!doc && session !== undefined) return sessionOver
  if (!doc) return ok({ id: presented.id, role: presented.role, credential })
  if (doc.disabled) return refused('unauthenticated', 'This person is disabled; ask an admin.')
  if (doc.notBefore !== undefined && presented.issuedAt <= doc.notBefore)
    return refused('unauthenticated', 'This token was issued before its person was disabled; get a new one.')
  if (session !== undefined && !doc.sessions?.some(({ id }) => id === session)) return sessionOver
  const role = lesserRole(presented.role, doc.role)
  const admittedBy = doc.sessions?.find(({ id }) => id === session)?.admittedBy
  return ok({
    id: doc.id,
    role,
    credential,
    registered: true,
    ...(session !== undefined && { session }),
    ...(admittedBy !== undefined && { admittedBy }),
  })
}

/** ID2: what was a person's login and is nobody's now speaks for nobody. */
export const loginRetired = refused(
  'unauthenticated',
  'This login was taken from the person it was of; ask an admin whose it is to be.',
)

const sessionOver = refused('unauthenticated', 'This session was ended; sign in again.')

export const lesserRole = (a: PersonRole, b: PersonRole): PersonRole =>
  personRoles.indexOf(a) < personRoles.indexOf(b) ? a : b
