import { HOUR, MINUTE, ok, refused } from '@holdpoint/shared'
import type { Decision, Fact } from './effects.ts'
import type { PersonDocument } from './person-document.ts'
import { personView } from './person-views.ts'
import { personEffects } from './persons.ts'
import type { Session } from './session-document.ts'

/** How long a session lasts, whoever uses it; and how long it may stay unused (NIST SP 800-63B, AAL2). */
export const SESSION_MS = 12 * HOUR
const IDLE_MS = HOUR
/** Each token of a session is good for so long. */
export const TOKEN_MS = 10 * MINUTE
/**
 * The cookie before the last one is taken for so long: an answer may have been lost, and tabs that share one cookie
 * refresh at once. The same successor is handed out again.
 */
const GRACE_MS = MINUTE
/** A person's record stays small; of more than so many, the one unused for longest ends. */
const MAX_SESSIONS = 20

/** Whether it can still be refreshed. */
const isAlive = (session: Session, at: number): boolean =>
  at < session.expiresAt && at < session.seenAt + IDLE_MS

export const liveSessions = (doc: PersonDocument, at: number): readonly Session[] =>
  (doc.sessions ?? []).filter((session) => isAlive(session, at))

/** A session as it begins; `expiresAt` and the rest follow from `at`. */
export type Opening = Pick<Session, 'id' | 'seed' | 'method' | 'userAgent' | 'address' | 'admittedBy'>

/** Whose word lets its person in, where it is another's. */
export const admittedBy = (doc: PersonDocument, by: string | undefined): Pick<Session, 'admittedBy'> =>
  by === undefined || by === doc.id ? {} : { admittedBy: by }

/** The record with one session more, and the facts of it. */
export function withSession(
  doc: PersonDocument,
  opening: Opening,
  at: number,
): { readonly doc: PersonDocument; readonly session: Session; readonly events: readonly Fact[] } {
  const session: Session = {
    ...opening,
    generation: 1,
    role: doc.role,
    createdAt: at,
    seenAt: at,
    expiresAt: at + SESSION_MS,
  }
  const standing = liveSessions(doc, at).toSorted((a, b) => a.seenAt - b.seenAt)
  const crowded = standing.slice(0, Math.max(0, standing.length + 1 - MAX_SESSIONS))
  const kept = standing.filter((one) => !crowded.includes(one))
  const signedIn = {
    type: 'person.signed_in',
    by: doc.id,
    data: { person: personView(doc), session: session.id, method: session.method },
  }
  return {
    doc: { ...doc, sessions: [...kept, session] },
    session,
    events: [signedIn, ...ended(doc, crowded, 'system', 'too_many')],
  }
}

/**
 * Trades a cookie, whose secret was found right, for its successor. Errors: `unauthenticated`, for a session that is
 * over too; one whose cookie was used before ends with it, for then two have it.
 */
export function refreshSession(
  doc: PersonDocument | undefined,
  { id, generation }: { readonly id: string; readonly generation: number },
  at: number,
): Decision<PersonDocument> {
  const session = doc?.sessions?.find((one) => one.id === id)
  if (!doc || doc.disabled || !session || !isAlive(session, at)) return { answer: NO_SESSION }
  const tells = (now: Session) => ok({ generation: now.generation, role: now.role, expiresAt: now.expiresAt })
  if (generation === session.generation - 1 && at < session.seenAt + GRACE_MS)
    return { answer: tells(session) }
  if (generation !== session.generation) {
    const without = { ...doc, sessions: doc.sessions?.filter((one) => one !== session) }
    return {
      answer: NO_SESSION,
      effects: personEffects(without, ended(doc, [session], 'system', 'cookie_reused')),
    }
  }
  const next: Session = { ...session, generation: session.generation + 1, seenAt: at }
  const sessions = liveSessions(doc, at).map((one) => (one.id === id ? next : one))
  return { answer: tells(next), effects: personEffects({ ...doc, sessions }, []) }
}

export const NO_SESSION = refused('unauthenticated', 'You are not signed in here any more; sign in again.')

/** Which: one by its id, or all but `except`. */
export type WhichSessions = { readonly id: string } | { readonly except: string | undefined }

/** Ends sessions; their sockets end within a second (ID3). Errors: `not_found`. */
export function endSessions(
  doc: PersonDocument | undefined,
  which: WhichSessions,
  by: string,
  reason: 'signed_out' | 'ended',
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  const isMeant = ({ id }: Session) => ('id' in which ? id === which.id : id !== which.except)
  const meant = liveSessions(doc, at).filter(isMeant)
  if (meant.length === 0) return { answer: 'id' in which ? refused('not_found') : ok({ ended: [] }) }
  const sessions = liveSessions(doc, at).filter((one) => !isMeant(one))
  return {
    answer: ok({ ended: meant.map(({ id }) => id) }),
    effects: personEffects({ ...doc, sessions }, ended(doc, meant, by, reason)),
  }
}

function ended(
  doc: PersonDocument,
  sessions: readonly Session[],
  by: string,
  reason: string,
): readonly Fact[] {
  if (sessions.length === 0) return []
  const data = { person: personView(doc), sessions: sessions.map(({ id }) => id), reason }
  return [{ type: 'session.ended', by, data }]
}
