import { iso, MINUTE, ok, type Refusal, refusal, refused } from '@holdpoint/shared'
import { counted, forgiven, unlocked } from './attempts.ts'
import type { Person } from './commands.ts'
import type { Decision } from './effects.ts'
import { CLAIM_FRESH_MS } from './factors.ts'
import type { PersonDocument } from './person-document.ts'
import { personView } from './person-views.ts'
import { personEffects } from './persons.ts'
import type { Password, PasswordHash } from './session-document.ts'
import { admittedBy, liveSessions, type Opening, withSession } from './sessions.ts'

/** NIST SP 800-63B-4 §3.1.1.2, for a password that may stand alone; no rules of composition, no expiry. Characters. */
const MIN_LENGTH = 15
const MAX_LENGTH = 128
/** Fewer different characters than that are a keyboard leant on. */
const MIN_DIFFERENT = 6
/** A session that began by a link may set a password without knowing the old one, for so long. */
const LINK_FRESH_MS = 10 * MINUTE

/** As it is hashed: what looks the same is the same, however it was typed (NIST SP 800-63B-4 §3.1.1.2: NFC). */
export const normalPassword = (text: string): string => text.normalize('NFC')

/** Why a person may not have this password; undefined where they may. */
export function passwordProblem(password: string, doc: PersonDocument): Refusal | undefined {
  const characters = [...normalPassword(password)]
  const bad = (sentence: string) => refusal('invalid', sentence, { path: '/password' })
  if (characters.length < MIN_LENGTH)
    return bad(`A password has at least ${MIN_LENGTH} characters; a few words in a row are easy to keep.`)
  if (characters.length > MAX_LENGTH) return bad(`A password has at most ${MAX_LENGTH} characters.`)
  const plain = normalPassword(password).toLowerCase()
  const obvious = [doc.id, doc.displayName ?? '', 'holdpoint', 'password'].map((one) => one.toLowerCase())
  const rest = obvious.filter((one) => one.length > 2).reduce((text, one) => text.replaceAll(one, ''), plain)
  if (new Set(characters).size < MIN_DIFFERENT || [...rest].length < MIN_LENGTH / 2)
    return bad('That password is guessed too easily; take a few words that have nothing to do with you.')
  return undefined
}

/** One sentence for every failure: it tells neither who is registered, nor who has a password, nor who is locked. */
export const NOT_RIGHT = refused(
  'unauthenticated',
  'Name or password are not right, or were wrong too often of late: then wait a quarter of an hour.',
)

/** SF3 for passwords: counts an attempt before anything is checked. Errors: `unauthenticated`. */
export function beginPassword(
  doc: PersonDocument | undefined,
  attempt: string,
  at: number,
): Decision<PersonDocument> {
  if (!doc || doc.disabled || !doc.password) return { answer: NOT_RIGHT }
  const attempts = unlocked(doc.passwordAttempts, at)
  if (attempts.lockedUntil !== undefined)
    return attempts.alerted ? { answer: NOT_RIGHT } : alert({ ...doc, passwordAttempts: attempts })
  const changed = { ...doc, passwordAttempts: counted(attempts, attempt, at) }
  return { answer: ok({}), effects: personEffects(changed, []) }
}

/** What the check said of the hash that it was made against. */
export interface CheckedPassword {
  readonly attempt: string
  readonly against: string
  readonly right: boolean
}

/** Takes a right one's attempt back; a wrong one stays counted. Errors: `unauthenticated`. */
export function settlePassword(
  doc: PersonDocument | undefined,
  { attempt, against, right }: CheckedPassword,
  at: number,
): Decision<PersonDocument> {
  if (!doc || doc.disabled) return { answer: NOT_RIGHT }
  if (!right || doc.password?.hash !== against) {
    const { lockedUntil, alerted } = doc.passwordAttempts ?? {}
    return lockedUntil === undefined || alerted ? { answer: NOT_RIGHT } : alert(doc)
  }
  const changed = { ...doc, passwordAttempts: forgiven(doc.passwordAttempts, attempt, at) }
  return { answer: ok({ hasFactor: doc.factor !== undefined }), effects: personEffects(changed, []) }
}

function alert(doc: PersonDocument): Decision<PersonDocument> {
  const { passwordAttempts } = doc
  const told = { ...doc, passwordAttempts: passwordAttempts && { ...passwordAttempts, alerted: true } }
  const until = passwordAttempts?.lockedUntil
  const event = {
    type: 'password.locked',
    by: 'system',
    data: { person: personView(doc), until: until === undefined ? undefined : iso(until) },
  }
  return { answer: NOT_RIGHT, effects: personEffects(told, [event]) }
}

/**
 * The password was right, and the code where they have a factor: they are in. `claim`: the key under which the code was
 * claimed. Errors: `unauthenticated`, also where either has changed meanwhile.
 */
export function openByPassword(
  doc: PersonDocument | undefined,
  {
    against,
    claim,
    opening,
  }: { against: string; claim: string; opening: Omit<Opening, 'method' | 'admittedBy'> },
  at: number,
): Decision<PersonDocument> {
  if (!doc || doc.disabled || doc.password?.hash !== against) return { answer: NOT_RIGHT }
  if (doc.factor && !proven(doc, claim, 'sign-in', at)) return { answer: NEEDS_CODE }
  const method = doc.factor ? 'password_totp' : 'password'
  const {
    doc: opened,
    session,
    events,
  } = withSession(doc, { ...opening, method, ...admittedBy(doc, doc.password.by) }, at)
  return { answer: ok({ role: session.role }), effects: personEffects(opened, events) }
}

export const NEEDS_CODE = refused(
  'second_factor_required',
  'Enter a code from your authenticator app as well.',
)

const proven = (doc: PersonDocument, key: string, kind: 'sign-in' | 'password.set', at: number): boolean =>
  doc.claims?.some((one) => one.key === key && one.purpose.kind === kind && at < one.at + CLAIM_FRESH_MS) ===
  true

/** A password that is to be set. */
export interface Setting {
  readonly key: string
  readonly hashed: PasswordHash
  readonly by: Person
  /** The hash of the old one that the person was found to know. */
  readonly knows?: string | undefined
  /** Whether the password in place was found to be the one that is to be set, by its hash. */
  readonly same?: string | undefined
}

/**
 * One's own. Takes the old password, or a session that a link began a moment ago; and a code, where there is a factor.
 * Ends every other session. Errors: `forbidden`, `second_factor_required`.
 */
export function setOwnPassword(
  doc: PersonDocument | undefined,
  setting: Setting,
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  const { key, by, knows, same } = setting
  // a resend must not meet its own effect
  if (doc.password && doc.password.key === key && doc.password.hash === same) return { answer: ok({}) }
  const session = doc.sessions?.find(({ id }) => id === by.session)
  const byLink = session?.method === 'link' && at < session.createdAt + LINK_FRESH_MS
  if (!byLink && (doc.password === undefined || doc.password.hash !== knows))
    return {
      answer: refused(
        'forbidden',
        doc.password
          ? 'Give your present password as well; where it is lost, sign in by a fresh link.'
          : 'Your first password is set within ten minutes of signing in by a link; ask an admin for one.',
      ),
    }
  if (doc.factor && !proven(doc, key, 'password.set', at)) return { answer: NEEDS_CODE }
  return set(doc, setting, by.session, at)
}

/** An admin sets somebody's. Ends every session of theirs. */
export function setPasswordOf(
  doc: PersonDocument | undefined,
  setting: Setting,
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  if (doc.password && doc.password.key === setting.key && doc.password.hash === setting.same)
    return { answer: ok({}) }
  if (doc.disabled) return { answer: refused('conflict', 'They are disabled; enable them first.') }
  return set(doc, setting, undefined, at)
}

function set(
  doc: PersonDocument,
  { key, hashed, by }: Setting,
  keeps: string | undefined,
  at: number,
): Decision<PersonDocument> {
  const { hash, salt, cost } = hashed
  const password: Password = { hash, salt, cost, since: at, by: by.id, key }
  const sessions = liveSessions(doc, at)
  const over = sessions.filter(({ id }) => id !== keeps).map(({ id }) => id)
  const changed = {
    ...doc,
    password,
    passwordAttempts: undefined,
    sessions: sessions.filter(({ id }) => id === keeps),
  }
  const event = { type: 'password.changed', by: by.id, data: { person: personView(doc), sessions: over } }
  return { answer: ok({}), effects: personEffects(changed, [event]) }
}
