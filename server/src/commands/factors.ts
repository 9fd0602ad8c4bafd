import { newId, type OperatorRequest, ok, type Result, refused } from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Answer, FactorProof, Person } from '../domain/commands.ts'
import type { Purpose } from '../domain/factor-document.ts'
import {
  askReset,
  beginAttempt,
  type Checked,
  type Claiming,
  confirm,
  enroll,
  RESET_DEADLINE,
  remove,
  resetIfDue,
  settleAttempt,
} from '../domain/factors.ts'
import type { PersonDocument } from '../domain/person-document.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Answered, answeredInTime, atOnceInTime, type CommandLog } from './in-time.ts'
import type { People } from './people.ts'
import type { Outcome, RememberAs } from './transact.ts'

/** Secrets and codes: what decisions may not make themselves. */
export interface FactorKit {
  /** Undefined: no secret can be kept, so no factor can be enrolled or checked. */
  readonly sealer:
    | { seal(text: string, about: string): string; unseal(sealed: string, about: string): string | undefined }
    | undefined
  newSecret(): string
  uriOf(person: string, secret: string): string
  /** The time step whose code this is, later than `after`; undefined where it is none that counts now. */
  stepOf(secret: string, code: string, atMs: number, after: number): number | undefined
  newRecoveryCodes(): readonly string[]
  hashOf(text: string, about: string): string
}

export type FactorRequest = {
  [N in 'factor.enroll' | 'factor.confirm' | 'factor.remove' | 'factor.reset']: {
    readonly name: N
    readonly payload: OperatorRequest<N>
  }
}[`factor.${'enroll' | 'confirm' | 'remove' | 'reset'}`]

/** A code (or a recovery code) that a command came with, and what it is for. */
export interface Proving {
  readonly key: string
  readonly fingerprint: string
  readonly purpose: Purpose
  readonly totp?: string | undefined
  readonly recovery?: string | undefined
}

/** Second factors. Nothing here throws: what broke is an answer too (PR2). */
export interface Factors {
  /**
   * Spends a code on one thing for one command, before anybody believes it. The same command again finds what it has
   * spent. Errors: `second_factor_required` (none enrolled), `_invalid`, `_locked`; `unavailable` (no sealing key).
   */
  prove(tenant: string, person: Person, proving: Proving): Promise<Result<FactorProof>>
  submit(tenant: string, by: Person, request: FactorRequest): Promise<Answered>
  /** The deadline of an admin's reset fell due. */
  resetIfDue(tenant: string, id: string): Promise<void>
}

/** Longer ones are no codes of ours. */
const MAX_RECOVERY = 64

export function createFactors(ports: {
  readonly clock: Clock
  readonly people: People
  readonly kit: FactorKit
  readonly log: CommandLog
}): Factors {
  const { people, kit } = ports

  const noSealer = refused(
    'unavailable',
    'This server can not keep secrets: its key folder holds no sealing.json and can not be written.',
  )

  /** What the code is checked against, and whether it is right. Pure but for the key. */
  const check = (doc: PersonDocument, { purpose, totp, recovery }: Proving, at: number): Checked => {
    const kept = purpose.kind === 'factor.confirm' ? doc.enrolment : doc.factor
    if (!kept) return { against: '' }
    const against = kept.id
    if (recovery !== undefined) return { against, recovery: kit.hashOf(recovery, aboutFactor(doc, against)) }
    const secret = kit.sealer?.unseal(kept.sealed, aboutFactor(doc, against))
    // Another key sealed it: fails closed, and the attempt stays counted.
    if (secret === undefined || totp === undefined) return { against }
    const after = 'lastStep' in kept ? kept.lastStep : -1
    return { against, step: kit.stepOf(secret, totp, at, after) }
  }

  const prove: Factors['prove'] = async (tenant, person, proving) => {
    if (!kit.sealer) return noSealer
    if (!person.registered) return unregistered
    const { key, fingerprint, purpose, totp, recovery } = proving
    const malformed = recovery === undefined ? !/^[0-9]{6}$/.test(totp ?? '') : recovery.length > MAX_RECOVERY
    const claiming: Claiming = { key, fingerprint, purpose, attempt: newId(), malformed }
    const begun = await people.onRecord(tenant, person.id, (doc, at) => beginAttempt(doc, claiming, at))
    if (!begun.answer.ok) return begun.answer
    const { claimed, at } = begun.answer.value as { readonly claimed: boolean; readonly at: number }
    if (claimed) return ok({ purpose, at })
    const checked = check(begun.doc as PersonDocument, proving, at)
    const settled = await people.onRecord(tenant, person.id, (doc, now) =>
      settleAttempt(doc, claiming, checked, now),
    )
    return settled.answer.ok
      ? ok({ purpose, at: (settled.answer.value as { at: number }).at })
      : settled.answer
  }

  /** Decides; where only the factor is missing and a code came along, spends that and decides again. */
  const withProof = async (
    tenant: string,
    by: Person,
    proving: Proving,
    decide: () => Promise<Outcome<PersonDocument>>,
  ): Promise<Outcome<PersonDocument>> => {
    const first = await decide()
    const asked = !first.answer.ok && first.answer.error.code === 'second_factor_required'
    if (!asked || (proving.totp === undefined && proving.recovery === undefined)) return first
    const proof = await prove(tenant, by, proving)
    return proof.ok ? decide() : { ...first, answer: proof }
  }

  const enrollOne = (tenant: string, by: Person, key: string, remember: RememberAs) => {
    const { sealer } = kit
    if (!sealer) return undefined
    const id = newId()
    const about = aboutFactor({ tenant, id: by.id }, id)
    const codes = kit.newRecoveryCodes()
    const enrolment = {
      id,
      key,
      sealed: sealer.seal(kit.newSecret(), about),
      sealedRecovery: sealer.seal(codes.join(' '), about),
      recovery: codes.map((code) => kit.hashOf(code, about)),
    }
    return () => people.onRecord(tenant, by.id, (doc, at) => enroll(doc, enrolment, at), { remember })
  }

  /** Told from the document: secrets are in no remembered answer and in no event. */
  const handedOut = (doc: PersonDocument | undefined, key: string): Answer => {
    const { enrolment } = doc ?? {}
    if (!doc || enrolment?.key !== key)
      return refused('conflict', 'That enrolment is over; enrol again with a fresh key.')
    const about = aboutFactor(doc, enrolment.id)
    const secret = kit.sealer?.unseal(enrolment.sealed, about)
    const codes = kit.sealer?.unseal(enrolment.sealedRecovery, about)
    if (secret === undefined || codes === undefined) return noSealer
    return ok({ otpauth: kit.uriOf(doc.displayName ?? doc.id, secret), recovery: codes.split(' ') })
  }

  const decideOne = async (
    tenant: string,
    by: Person,
    request: FactorRequest,
  ): Promise<Outcome<PersonDocument>> => {
    const { name, payload } = request
    const { key } = payload
    const fingerprint = fingerprintOf(name, payload)
    const remember = { id: { principal: `person ${by.id}`, key }, fingerprint }
    switch (request.name) {
      case 'factor.enroll': {
        const { factor, recovery } = request.payload
        const decide = enrollOne(tenant, by, key, remember)
        if (!decide) return { answer: noSealer, doc: undefined, version: 0, events: [] }
        const proving = { key, fingerprint, purpose: { kind: request.name }, totp: factor?.totp, recovery }
        const outcome = await withProof(tenant, by, proving, decide)
        return outcome.answer.ok ? { ...outcome, answer: handedOut(outcome.doc, key) } : outcome
      }
      case 'factor.confirm':
      case 'factor.remove': {
        const { totp } = request.payload.factor
        const decision = request.name === 'factor.confirm' ? confirm : remove
        return withProof(tenant, by, { key, fingerprint, purpose: { kind: request.name }, totp }, () =>
          people.onRecord(tenant, by.id, (doc, at) => decision(doc, key, at), { remember }),
        )
      }
      case 'factor.reset': {
        const { id, reason } = request.payload
        return people.onRecord(tenant, id, (doc, at) => askReset(doc, { reason, by }, at), { remember })
      }
    }
  }

  return {
    prove: (tenant, person, proving) => atOnceInTime(ports, () => prove(tenant, person, proving)),
    async submit(tenant, by, request) {
      if (!by.registered && request.name !== 'factor.reset') return { answer: unregistered, events: [] }
      return answeredInTime(ports, async () => {
        const { answer, events, earlier } = await decideOne(tenant, by, request)
        return { answer, events, replayed: earlier !== undefined }
      })
    },
    async resetIfDue(tenant, id) {
      await people.onRecord(tenant, id, resetIfDue, {
        deadline: RESET_DEADLINE,
        dueAt: (doc) => doc.reset?.dueAt,
      })
    },
  }
}

const unregistered = refused(
  'second_factor_required',
  'Nobody is registered for your token, and a second factor is a person’s; ask an admin to add you.',
)

/** What a sealed text or a hash is about: it counts nowhere else. */
const aboutFactor = (
  { tenant, id }: { readonly tenant: string; readonly id: string },
  factor: string,
): string => `factor ${tenant} ${id} ${factor}`
