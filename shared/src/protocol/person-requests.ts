import { z } from 'zod'
import { personRoles } from '../roles.ts'
import * as f from './fields.ts'

/** Teams and logins are plain names; addresses say where a person is paged. */
const team = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a team name')
const addresses = z.strictObject({
  email: z.email().max(254).optional(),
  /** A Slack member id, not a display name: those may be taken by somebody else. */
  slack: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,20}$/, 'must be a Slack member id like U024BE7LH')
    .optional(),
  /** A PagerDuty user id. */
  pagerduty: z
    .string()
    .regex(/^[A-Z0-9]{3,32}$/, 'must be a PagerDuty user id')
    .optional(),
})
/** As it was typed: what is too short or too long is refused by a sentence that says what would do. */
const password = z.string().min(1).max(1_024)
const profile = {
  displayName: z.string().min(1).max(128).optional(),
  teams: z.array(team).max(32).optional(),
  /** Token subjects that are this person, beside the id itself (ID2). */
  logins: z.array(f.name).max(16).optional(),
  addresses: addresses.optional(),
}

/** A code as it was typed: what is no code is refused by name, not as a malformed request. */
export const factorProof = z.strictObject({ totp: z.string().max(20) })

/** What admins say of people (ID2), and what people do about themselves. */
export const personRequests = {
  'people.list': z.strictObject({
    team: team.optional(),
    cursor: z.string().max(300).optional(),
    limit: f.limit.optional(),
  }),
  'person.get': z.strictObject({ id: f.name }),
  /** Who the caller is, and what their role comes to. */
  'person.me': z.strictObject({}),
  'person.add': z.strictObject({ key: f.key, id: f.name, role: z.enum(personRoles), ...profile }),
  /**
   * What is named is replaced as a whole; what is not named stays. `replaces`: refused where their record is at another
   * revision than this, as somebody else has changed it since it was read.
   */
  'person.change': z.strictObject({
    key: f.key,
    id: f.name,
    replaces: z.int().min(1).optional(),
    role: z.enum(personRoles).optional(),
    ...profile,
  }),
  'person.disable': z.strictObject({ key: f.key, id: f.name, reason: f.text }),
  'person.enable': z.strictObject({ key: f.key, id: f.name, reason: f.text }),
  /** A one-time sign-in link: ten minutes, one claim. */
  'person.link': z.strictObject({ key: f.key, id: f.name }),
  /** An admin sets a person's password, and ends their sessions. */
  'person.password': z.strictObject({ key: f.key, id: f.name, password }),
  /** The caller's own; `current` is the one in place. */
  'password.set': z.strictObject({
    key: f.key,
    password,
    current: password.optional(),
    factor: factorProof.optional(),
  }),
  /** Where the caller is signed in; admins may name anybody. */
  'session.list': z.strictObject({ person: f.name.optional() }),
  /** Ends one, or without `session` all but the caller's present one. */
  'session.end': z.strictObject({ key: f.key, person: f.name.optional(), session: f.id.optional() }),
  /** The caller's own. To replace an enrolled one: its current code, or a recovery code. */
  'factor.enroll': z.strictObject({
    key: f.key,
    factor: factorProof.optional(),
    recovery: z.string().max(64).optional(),
  }),
  'factor.confirm': z.strictObject({ key: f.key, factor: factorProof }),
  'factor.remove': z.strictObject({ key: f.key, factor: factorProof }),
  /** An admin takes somebody's lost factor away, after a day. */
  'factor.reset': z.strictObject({ key: f.key, id: f.name, reason: f.text }),
} as const
