import {
  builtInPolicy,
  type CheckedPolicy,
  checkPolicy,
  type Digest,
  iso,
  ok,
  type Policy,
  policyDigest,
  policyText,
  type Result,
  refused,
} from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision, Fact } from './effects.ts'

/** A tenant's policy (PO6): the one record that every node decides by. Times in ms. */
export interface PolicyDocument {
  readonly schema: 1
  /** Undefined until somebody activates one: the built-in policy holds. */
  readonly active?: ActivePolicy | undefined
  /** A candidate: its answers stand on record beside those that count. */
  readonly shadow?: ActivePolicy | undefined
  /** Which digest each version named, oldest first: one version must not mean two policies. */
  readonly versions: readonly { readonly version: string; readonly digest: Digest }[]
}

export interface ActivePolicy {
  readonly policy: Policy
  readonly digest: Digest
  readonly at: number
  readonly by: string
  readonly reason: string
}

export interface ActivateCommand {
  readonly type: 'policy.activate'
  /** As it came: checked here, whole or not at all. */
  readonly policy: unknown
  readonly reason: string
  /** What must be active by now. */
  readonly replaces?: Digest | undefined
  readonly by: Person
}

interface ShadowCommand {
  readonly type: 'policy.shadow'
  /** Without one, what is in shadow ends. */
  readonly policy?: unknown
  readonly reason: string
  readonly by: Person
}

export type PolicyCommand = ActivateCommand | ShadowCommand

/** As many versions as are remembered. */
const MAX_VERSIONS = 200

export const builtInOnly: PolicyDocument = { schema: 1, versions: [] }

const builtInDigest = policyDigest(builtInPolicy)

/** The policy that decides now, with its digest. */
export const activeOf = ({ active }: PolicyDocument): { readonly policy: Policy; readonly digest: Digest } =>
  active ?? { policy: builtInPolicy, digest: builtInDigest }

/** Throws where today's server can't judge by what is stored: nothing may be decided on a guess. */
export function readPolicyDocument(stored: unknown): PolicyDocument {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`a policy document of schema ${schema} needs a newer server`)
  const doc = stored as PolicyDocument
  return {
    ...doc,
    ...(doc.active && { active: readPolicy(doc.active, 'active policy') }),
    ...(doc.shadow && { shadow: readPolicy(doc.shadow, 'policy in shadow') }),
  }
}

/** An older server knew fewer sections: what it left out is as the built-in policy says. */
function readPolicy(stored: ActivePolicy, which: string): ActivePolicy {
  const checked = checkPolicy(stored.policy)
  if (!checked.ok)
    throw new Error(`the ${which} can't be judged by in this version: ${checked.error.message}`)
  return { ...stored, policy: checked.value.policy }
}

/** As the wire shows it. */
export function policyAnswer(doc: PolicyDocument) {
  const { active, shadow } = doc
  return {
    ...pick(activeOf(doc)),
    ...(active && { activated: { at: iso(active.at), by: active.by, reason: active.reason } }),
    ...(shadow && {
      shadow: {
        version: shadow.policy.version,
        digest: shadow.digest,
        at: iso(shadow.at),
        by: shadow.by,
        reason: shadow.reason,
      },
    }),
  }
}

const pick = ({ policy, digest }: { readonly policy: Policy; readonly digest: Digest }) => ({
  policy,
  digest,
})

/** Pure. Errors: `invalid` with `details.problems`; `conflict`. */
export const decidePolicy = (
  doc: PolicyDocument,
  command: PolicyCommand,
  at: number,
): Decision<PolicyDocument> =>
  command.type === 'policy.activate' ? activate(doc, command, at) : shadow(doc, command, at)

/** Errors: `conflict` where another policy is active than `replaces`, or where the version named another one before. */
function activate(
  doc: PolicyDocument,
  { policy: document, reason, replaces, by }: ActivateCommand,
  at: number,
): Decision<PolicyDocument> {
  const before = activeOf(doc)
  if (replaces !== undefined && replaces !== before.digest)
    return {
      answer: refused('conflict', 'Another policy was activated meanwhile; look at it again.', {
        standing: { version: before.policy.version, digest: before.digest },
      }),
    }
  const checked = candidate(doc, document)
  if (!checked.ok) return { answer: checked }
  const { policy, digest } = checked.value
  if (digest === before.digest) return { answer: ok(policyAnswer(doc)) }
  const next: PolicyDocument = {
    ...named(doc, checked.value),
    active: { policy, digest, at, by: by.id, reason },
    // what decides need not be tried any more
    shadow: doc.shadow?.digest === digest ? undefined : doc.shadow,
  }
  const { version } = policy
  const data = { version, digest, reason, before: { version: before.policy.version, digest: before.digest } }
  return written(next, { type: 'policy.activated', by: by.id, data }, checked.value)
}

/** Errors: `conflict` where the version named another policy before. */
function shadow(
  doc: PolicyDocument,
  { policy: document, reason, by }: ShadowCommand,
  at: number,
): Decision<PolicyDocument> {
  if (document === undefined) {
    if (!doc.shadow) return { answer: ok(policyAnswer(doc)) }
    const { version } = doc.shadow.policy
    const data = { version, digest: doc.shadow.digest, reason }
    return written({ ...doc, shadow: undefined }, { type: 'policy.unshadowed', by: by.id, data })
  }
  const checked = candidate(doc, document)
  if (!checked.ok) return { answer: checked }
  const { policy, digest } = checked.value
  if (digest === doc.shadow?.digest) return { answer: ok(policyAnswer(doc)) }
  const next = { ...named(doc, checked.value), shadow: { policy, digest, at, by: by.id, reason } }
  const data = { version: policy.version, digest, reason }
  return written(next, { type: 'policy.shadowed', by: by.id, data }, checked.value)
}

/** A document that may be used: sound, and of a version that named no other policy. Errors: `invalid`, `conflict`. */
function candidate(doc: PolicyDocument, document: unknown): Result<CheckedPolicy> {
  const checked = checkPolicy(document)
  if (!checked.ok) return checked
  const { policy, digest } = checked.value
  const known = [...doc.versions, { version: builtInPolicy.version, digest: builtInDigest }]
  const other = known.find((one) => one.version === policy.version && one.digest !== digest)
  if (!other) return checked
  return refused(
    'conflict',
    `Version "${policy.version}" named another policy before; give this one a version of its own.`,
    { standing: other },
  )
}

/** With the version on record. */
function named(doc: PolicyDocument, { policy: { version }, digest }: CheckedPolicy): PolicyDocument {
  const others = doc.versions.filter((one) => one.version !== version).slice(1 - MAX_VERSIONS)
  return { ...doc, versions: [...others, { version, digest }] }
}

/** PR7: with the policy's text, so that an auditor reads what judged, and not its digest alone. */
const written = (doc: PolicyDocument, event: Fact, named?: CheckedPolicy): Decision<PolicyDocument> => ({
  answer: ok(policyAnswer(doc)),
  effects: {
    doc,
    events: [event],
    deadlines: { set: [], clear: [] },
    records: [],
    blobs: named ? [{ digest: named.digest, text: policyText(named.policy) }] : [],
    closeHolders: [],
  },
})
