import type { Addresses, PersonRole } from '@holdpoint/shared'
import type { Mark } from './agent-document.ts'
import type { Attempts, Enrolment, Factor, FactorClaim, FactorReset } from './factor-document.ts'
import type { Password, Session } from './session-document.ts'

/** A person as the tenant's admins know them (ID2): one document, one person, however many logins. Times in ms. */
export interface PersonDocument {
  readonly schema: 1
  readonly id: string
  readonly tenant: string
  readonly displayName?: string | undefined
  /** An upper bound, beside the token's own. */
  readonly role: PersonRole
  readonly teams: readonly string[]
  /** Token subjects; the id itself comes first. Each counts only while its `login` document names this person. */
  readonly logins: readonly string[]
  /** Logins that were taken from them: refused until somebody has them again, or they would act unbound by any record. */
  readonly retired?: readonly string[] | undefined
  readonly addresses: Addresses
  readonly added: Mark
  /** Of the parts that admins change; undefined where none was changed. */
  readonly revision?: number | undefined
  readonly disabled?: (Mark & { readonly reason: string }) | undefined
  /** What was issued up to then counts no more, also once the person is enabled again. */
  readonly notBefore?: number | undefined
  readonly factor?: Factor | undefined
  readonly enrolment?: Enrolment | undefined
  readonly attempts?: Attempts | undefined
  /** Steps that were spent a short while ago, oldest first. */
  readonly claims?: readonly FactorClaim[] | undefined
  readonly reset?: FactorReset | undefined
  readonly password?: Password | undefined
  /** Of the password: what was tried and did not turn out right. */
  readonly passwordAttempts?: Attempts | undefined
  /** Browsers that are signed in, oldest first. */
  readonly sessions?: readonly Session[] | undefined
  /** A sign-in link that nobody has claimed yet. */
  readonly link?:
    | { readonly hash: string; readonly expiresAt: number; readonly by?: string | undefined }
    | undefined
}

export const revisionOf = ({ revision = 1 }: PersonDocument): number => revision

/** Whose a token's subject is. One document per login, so that no two persons can have the same. */
export interface LoginDocument {
  readonly schema: 1
  readonly person: string
  readonly claimedAt: number
  /** It was somebody's before: a claim that was cut short doesn't set it free. */
  readonly once?: true | undefined
}

export const readPersonDocument = (stored: unknown): PersonDocument =>
  current<PersonDocument>(stored, 'a person document')

export const readLoginDocument = (stored: unknown): LoginDocument =>
  current<LoginDocument>(stored, 'a login document')

/** Throws on a version from the future: nothing may be decided on a guess. */
function current<D>(stored: unknown, what: string): D {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`${what} of schema ${schema} needs a newer server`)
  return stored as D
}
