import { hasRole, type PersonRole, personRoles, refused, type Verdict } from '@holdpoint/shared'
import { type Approval, changed, type Objection, type Signature } from './agent-document.ts'
import type { Person } from './commands.ts'
import type { Draft } from './draft.ts'
import { putApproval } from './items.ts'
import { lesserRole } from './persons.ts'
import { approvalView } from './views.ts'

/** AP5: how many persons it takes: as many as the policy it was asked under or today's asks for, the stricter. */
export const neededApprovals = (item: Pick<Approval, 'needs'>, today: Verdict): number =>
  Math.max(item.needs?.approvals ?? 1, today.approvals)

/** AP5: how many denials end it: as few as either of the two asks for. */
export const neededDenials = (item: Pick<Approval, 'needs'>, today: Verdict): number =>
  Math.min(item.needs?.denials ?? 1, today.denials)

/** AP4, PO6: the role that releasing takes, by the policy it was asked under and today's. */
export function neededRole(item: Pick<Approval, 'role'>, today: Verdict): PersonRole | undefined {
  const asked = [item.role, today.role].filter((role) => role !== undefined)
  return personRoles.filter((role) => asked.includes(role)).at(-1)
}

/**
 * AP6: who owns the agent may not release what it asks for, where policy says so and somebody else is registered who
 * could. Without a record of anybody else there would be nobody left.
 */
export function barredAsOwner(
  draft: Draft,
  item: Pick<Approval, 'role' | 'separated'>,
  today: Verdict,
  signature: Signature,
): boolean {
  const { owner, othersRole } = draft.facts.people ?? {}
  if (!(item.separated || today.separationOfDuties) || owner === undefined) return false
  // the owner may be the one who uses a link or a password that they made for somebody else
  if (personNow(draft, signature) !== owner && signature.admittedBy !== owner) return false
  const needed = neededRole(item, today)
  return needed !== undefined && othersRole !== undefined && hasRole(othersRole, needed)
}

/**
 * AP5: those earlier signatures that count now. Roles are looked at afresh: who lost theirs, was disabled or turns out
 * to be the owner has not signed.
 */
export const standingSignatures = (draft: Draft, item: Approval, today: Verdict): readonly Signature[] =>
  (item.signatures ?? [])
    .filter(
      (signature) => counts(draft, item, today, signature) && !barredAsOwner(draft, item, today, signature),
    )
    .filter((signature, at, all) => !all.slice(0, at).some((one) => samePerson(draft, one, signature)))

/** Who it is by today's records: a login may have become somebody's since it signed. */
const personNow = ({ facts }: Draft, { person }: { readonly person: string }): string =>
  facts.people?.signers[person]?.is ?? person

/** AP5: whether one and the same has signed both: a person by two logins, or a login that was two persons'. */
export const samePerson = (
  draft: Draft,
  one: Partial<Signature> & { readonly person: string },
  other: Partial<Signature> & { readonly person: string },
): boolean =>
  personNow(draft, one) === personNow(draft, other) ||
  (one.credential !== undefined && one.credential.id === other.credential?.id)

/** One of them let the other in, by a link or a password that they made: it may have been one who used both. */
export const admittedEachOther = (draft: Draft, one: Signature, other: Signature): boolean =>
  one.admittedBy === personNow(draft, other) || other.admittedBy === personNow(draft, one)

/** By role and factor alone. */
function counts(draft: Draft, item: Approval, today: Verdict, signature: Signature): boolean {
  const role = roleNow(draft, signature)
  const needed = neededRole(item, today)
  return (
    role !== undefined &&
    (needed === undefined || hasRole(role, needed)) &&
    (!(item.factor || today.factor) || signature.factor === true)
  )
}

/**
 * AP9, PO6: whether what was released would be released now: by today's policy, and by the people who did, as they stand
 * now. What was granted (IN1) waives their number and that one of them owns the agent, and nothing else.
 */
export function stillReleased(draft: Draft, item: Approval, today: Verdict): boolean {
  if (today.kind !== 'ask') return today.kind === 'go'
  // what the policy that it was asked under demands was met then
  const asked = { ...item, role: undefined, factor: false, separated: false, needs: undefined }
  if (item.override === undefined)
    return standingSignatures(draft, asked, today).length >= neededApprovals(asked, today)
  const admin = item.signatures?.find(({ person }) => person === item.decided?.by)
  return admin !== undefined && counts(draft, asked, today, admin)
}

/** Undefined where the signature counts no more. */
export function roleNow(draft: Draft, signature: Signature): PersonRole | undefined {
  const { person, role } = signature
  const now = draft.facts.people?.signers[person]
  if (!now) return role
  return hasFallen(draft, signature) ? undefined : lesserRole(role, now.role ?? role)
}

/** Of one person some may have fallen and some not: what they sign later does not bring back what they signed before. */
export function hasFallen(
  { facts }: Draft,
  { person, at, credential }: Pick<Signature, 'person' | 'at' | 'credential'>,
): boolean {
  const now = facts.people?.signers[person]
  if (!now) return false
  const { voidUpTo, revoked } = now
  return (
    now.void ||
    (voidUpTo !== undefined && at <= voidUpTo) ||
    (credential !== undefined && revoked?.includes(credential.jti) === true)
  )
}

export const signatureOf = (by: Person, at: number): Signature => ({
  person: by.id,
  role: by.role,
  at,
  ...(by.credential && { credential: by.credential }),
  ...(by.factor && { factor: true }),
  ...(by.admittedBy !== undefined && { admittedBy: by.admittedBy }),
})

/** One of several persons has released it: half-signed, it waits for the others. */
export function keepSigned(draft: Draft, signed: Approval, by: Person, today: Verdict) {
  const item = changed(signed, { demanded: demandedBy(draft, signed, today) })
  const needed = neededApprovals(signed, today)
  putApproval(draft, item, { type: 'approval.signed', by: by.id, more: { needed } })
  return draft.done(
    { approval: approvalView(draft.doc, item) },
    { holder: item.id, notAfter: item.expiresAt },
  )
}

/** What it takes by today's policy, where that is more than what it was asked under. */
function demandedBy(draft: Draft, item: Approval, today: Verdict): Approval['demanded'] {
  const now = { approvals: neededApprovals(item, today), denials: neededDenials(item, today) }
  const { approvals, denials } = item.needs ?? { approvals: 1, denials: 1 }
  if (now.approvals === approvals && now.denials === denials) return undefined
  return { ...now, policy: draft.facts.policy.version }
}

/** AP5: one of several denials. */
export function keepObjected(draft: Draft, objected: Approval, by: Person, today: Verdict) {
  const item = changed(objected, { demanded: demandedBy(draft, objected, today) })
  putApproval(draft, item, { type: 'approval.objected', by: by.id })
  return draft.done(
    { approval: approvalView(draft.doc, item) },
    { holder: item.id, notAfter: item.expiresAt },
  )
}

export const signedTwice = (draft: Draft, item: Approval) =>
  refused('conflict', 'You have signed it; it waits for others.', { standing: approvalView(draft.doc, item) })

/** Nobody counts twice, and nobody on both sides. */
export const without = <T extends { readonly person: string }>(
  draft: Draft,
  all: readonly T[] | undefined,
  person: string,
): readonly T[] => (all ?? []).filter((one) => personNow(draft, one) !== person)

/** What a disabled person signed or denied up to then, and nobody has finished, falls. */
export function voidSignatures(
  draft: Draft,
  { person, upTo }: { readonly person: string; readonly upTo: number },
) {
  const stays = (one: Signature | Objection) => one.person !== person || one.at > upTo
  for (const item of draft.doc.approvals) {
    const signatures = item.signatures?.filter(stays)
    const objections = item.objections?.filter(stays)
    const lost =
      signatures?.length !== item.signatures?.length || objections?.length !== item.objections?.length
    if (item.status !== 'pending' || !lost) continue
    const left = changed(item, { signatures, objections })
    putApproval(draft, left, { type: 'approval.unsigned', by: 'system', more: { person } })
  }
  return draft.unchanged()
}
