import { DAY, iso, MINUTE, ok, refused } from '@holdpoint/shared'
import { counted, forgiven, unlocked } from './attempts.ts'
import type { Person } from './commands.ts'
import type { Decision } from './effects.ts'
import type { Attempts, Enrolment, Factor, FactorClaim, Purpose } from './factor-document.ts'
import type { PersonDocument } from './person-document.ts'
import { factorView, personView } from './person-views.ts'
import { personEffects } from './persons.ts'

/** How long a claim is good for: so fresh a factor has to be. */
export const CLAIM_FRESH_MS = 10 * MINUTE
const ENROLMENT_MS = 15 * MINUTE
/** How long everybody can see that an admin takes somebody's factor away, before it is gone. */
export const RESET_WAIT_MS = DAY

export const RESET_DEADLINE = 'factor-reset'

/** What somebody wants to use a code for. `malformed`: it can't be a code, so nothing was guessed. */
export interface Claiming {
  readonly key: string
  readonly fingerprint: string
  readonly purpose: Purpose
  readonly attempt: string
  readonly malformed: boolean
}

const samePurpose = (a: Purpose, b: Purpose): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Counts an attempt before anything is checked. `value.claimed`: this very command has spent its step before, so there
 * is nothing to check. Errors: `conflict` (the key was used for something else), `second_factor_required` (none
 * enrolled), `second_factor_locked`, `second_factor_invalid` (malformed).
 */
export function beginAttempt(
  doc: PersonDocument | undefined,
  { key, fingerprint, purpose, attempt, malformed }: Claiming,
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  const claim = doc.claims?.find((one) => one.key === key && at < one.at + CLAIM_FRESH_MS)
  if (claim && (claim.fingerprint !== fingerprint || !samePurpose(claim.purpose, purpose)))
    return { answer: refused('conflict', 'This key was used before, for something else; use a fresh key.') }
  if (claim) return { answer: ok({ claimed: true, at: claim.at }) }
  const checked = purpose.kind === 'factor.confirm' ? freshEnrolment(doc, at) : doc.factor
  if (!checked) return { answer: nothingToCheck(purpose) }
  const attempts = unlocked(doc.attempts, at)
  if (attempts.lockedUntil !== undefined) {
    const locked = refused('second_factor_locked', undefined, { retryAfterMs: attempts.lockedUntil - at })
    return attempts.alerted ? { answer: locked } : { answer: locked, effects: alert(doc, attempts) }
  }
  if (malformed) return { answer: refused('second_factor_invalid', 'A code has six digits.') }
  const changed = { ...doc, attempts: counted(attempts, attempt, at) }
  return { answer: ok({ claimed: false, at }), effects: personEffects(changed, []) }
}

const nothingToCheck = ({ kind }: Purpose) =>
  kind === 'factor.confirm'
    ? refused('conflict', 'There is nothing to confirm; enrol first.')
    : refused('second_factor_required', 'You have no second factor; enrol one: holdpoint factor enroll.')

function alert(doc: PersonDocument, attempts: Attempts) {
  const told = { ...doc, attempts: { ...attempts, alerted: true } }
  const until = attempts.lockedUntil === undefined ? undefined : iso(attempts.lockedUntil)
  const event = { type: 'factor.locked', by: 'system', data: { person: personView(doc), until } }
  return personEffects(told, [event])
}

/** What the check said: the step whose code it is, a recovery code's hash, or nothing. */
export interface Checked {
  readonly step?: number | undefined
  readonly recovery?: string | undefined
  /** Which factor or enrolment was checked against. */
  readonly against: string
}

/**
 * Claims the step, or leaves the attempt counted. Errors: `second_factor_invalid`, also where the step was spent, or
 * the factor changed, since it was checked.
 */
export function settleAttempt(
  doc: PersonDocument | undefined,
  { key, fingerprint, purpose, attempt }: Claiming,
  { step, recovery, against }: Checked,
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  const spends =
    step !== undefined &&
    (doc.factor?.id === against ? step > doc.factor.lastStep : doc.enrolment?.id === against)
  const recovers =
    recovery !== undefined && doc.factor?.id === against && doc.factor.recovery.includes(recovery)
  if (!spends && !recovers) return wrong(doc)
  const proven: PersonDocument = {
    ...doc,
    factor: doc.factor && spent(doc.factor, against, step, recovery),
    enrolment:
      doc.enrolment?.id === against && step !== undefined
        ? { ...doc.enrolment, confirmedStep: step }
        : doc.enrolment,
    attempts: forgiven(doc.attempts, attempt, at),
    claims: [...freshClaims(doc, at), { key, fingerprint, purpose, at }],
    // the factor is not lost after all
    reset: undefined,
  }
  const events = [
    ...(recovers ? [{ type: 'factor.recovery_used', by: doc.id, data: { person: personView(doc) } }] : []),
    ...(doc.reset ? [{ type: 'factor.reset_cancelled', by: doc.id, data: { person: personView(doc) } }] : []),
  ]
  return {
    answer: ok({ at }),
    effects: personEffects(proven, events, { set: [], clear: doc.reset ? [RESET_DEADLINE] : [] }),
  }
}

const spent = (factor: Factor, against: string, step?: number, recovery?: string): Factor =>
  factor.id !== against
    ? factor
    : {
        ...factor,
        lastStep: Math.max(factor.lastStep, step ?? factor.lastStep),
        recovery: factor.recovery.filter((one) => one !== recovery),
      }

const freshClaims = (doc: PersonDocument, at: number): readonly FactorClaim[] =>
  (doc.claims ?? []).filter((claim) => at < claim.at + CLAIM_FRESH_MS)

/** The attempt stays counted. The fifth one has locked the factor: people hear of it. */
function wrong(doc: PersonDocument): Decision<PersonDocument> {
  const { attempts } = doc
  const answer = refused('second_factor_invalid')
  if (attempts?.lockedUntil === undefined || attempts.alerted) return { answer }
  return { answer, effects: alert(doc, attempts) }
}

const freshEnrolment = ({ enrolment }: PersonDocument, at: number): Enrolment | undefined =>
  enrolment && at < enrolment.at + ENROLMENT_MS ? enrolment : undefined

/** `proven`: a claim of this very command stands, for changing an enrolled factor. */
const proven = (doc: PersonDocument, key: string, kind: Purpose['kind'], at: number): boolean =>
  freshClaims(doc, at).some((claim) => claim.key === key && claim.purpose.kind === kind)

/** Hands out a factor. It counts once a code has confirmed it. Errors: `second_factor_required` to replace one. */
export function enroll(
  doc: PersonDocument | undefined,
  enrolment: Omit<Enrolment, 'at'>,
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  if (doc.factor && !proven(doc, enrolment.key, 'factor.enroll', at))
    return {
      answer: refused(
        'second_factor_required',
        'Changing a factor needs its current code, or a recovery code.',
      ),
    }
  return { answer: ok({}), effects: personEffects({ ...doc, enrolment: { ...enrolment, at } }, []) }
}

/** The confirmed enrolment becomes the factor. */
export function confirm(doc: PersonDocument | undefined, key: string, at: number): Decision<PersonDocument> {
  const enrolment = doc && freshEnrolment(doc, at)
  if (!doc || !enrolment) return { answer: nothingToCheck({ kind: 'factor.confirm' }) }
  const { id, sealed, recovery, confirmedStep } = enrolment
  if (confirmedStep === undefined || !proven(doc, key, 'factor.confirm', at))
    return { answer: refused('second_factor_required', 'Confirm it with a code of the new factor.') }
  const factor: Factor = { id, sealed, since: at, lastStep: confirmedStep, recovery }
  const changed = { ...doc, factor, enrolment: undefined, reset: undefined }
  const type = doc.factor ? 'factor.replaced' : 'factor.enrolled'
  return factorDone(changed, type, doc.id, at, { set: [], clear: [RESET_DEADLINE] })
}

export function remove(doc: PersonDocument | undefined, key: string, at: number): Decision<PersonDocument> {
  if (!doc?.factor) return { answer: refused('conflict', 'There is no second factor to remove.') }
  if (!proven(doc, key, 'factor.remove', at)) return { answer: refused('second_factor_required') }
  const bare = { ...doc, factor: undefined, enrolment: undefined, reset: undefined }
  return factorDone(bare, 'factor.removed', doc.id, at, { set: [], clear: [RESET_DEADLINE] })
}

/** An admin takes a lost factor away; it is gone after a day, unless it is used meanwhile. */
export function askReset(
  doc: PersonDocument | undefined,
  { reason, by }: { readonly reason: string; readonly by: Person },
  at: number,
): Decision<PersonDocument> {
  if (!doc) return { answer: refused('not_found') }
  if (!doc.factor) return { answer: refused('conflict', 'They have no second factor.') }
  if (doc.reset)
    return { answer: refused('conflict', 'A reset is under way already.', { factor: factorView(doc, at) }) }
  const dueAt = at + RESET_WAIT_MS
  const asked = { ...doc, reset: { at, by: by.id, reason, dueAt } }
  return factorDone(
    asked,
    'factor.reset_asked',
    by.id,
    at,
    { set: [{ name: RESET_DEADLINE, dueAt }], clear: [] },
    { reason },
  )
}

/** The waiting time is over; one that fired early is harmless. */
export function resetIfDue(doc: PersonDocument | undefined, at: number): Decision<PersonDocument> {
  if (!doc?.reset || at < doc.reset.dueAt) return { answer: ok({}) }
  const bare = { ...doc, factor: undefined, enrolment: undefined, reset: undefined, attempts: undefined }
  return factorDone(bare, 'factor.reset', doc.reset.by, at, { set: [], clear: [RESET_DEADLINE] })
}

function factorDone(
  doc: PersonDocument,
  type: string,
  by: string,
  at: number,
  deadlines: Parameters<typeof personEffects>[2],
  more: Readonly<Record<string, unknown>> = {},
): Decision<PersonDocument> {
  const factor = factorView(doc, at)
  const event = { type, by, data: { person: personView(doc), factor, ...more } }
  return { answer: ok({ factor }), effects: personEffects(doc, [event], deadlines) }
}
