import {
  builtInPolicy,
  checkPolicy,
  type Digest,
  iso,
  ok,
  type Policy,
  policyDigest,
  refused,
} from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision } from './effects.ts'

/** A tenant's policy (PO6): the one record that every node decides by. Times in ms. */
export interface PolicyDocument {
  readonly schema: 1
  /** Undefined until somebody activates one: the built-in policy holds. */
  readonly active?: ActivePolicy | undefined
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
  if (!doc.active) return doc
  // an older server knew fewer sections: what it left out is as the built-in policy says
  const checked = checkPolicy(doc.active.policy)
  if (!checked.ok)
    throw new Error(`the active policy can't be judged by in this version: ${checked.error.message}`)
  return { ...doc, active: { ...doc.active, policy: checked.value.policy } }
}

/** As the wire shows it. */
export function policyAnswer(doc: PolicyDocument) {
  const { active } = doc
  return {
    ...pick(activeOf(doc)),
    ...(active && { activated: { at: iso(active.at), by: active.by, reason: active.reason } }),
  }
}

const pick = ({ policy, digest }: { readonly policy: Policy; readonly digest: Digest }) => ({
  policy,
  digest,
})

/**
 * Pure. Errors: `invalid` with `details.problems`; `conflict` where another policy is active than `replaces`, or where
 * the version named another policy before.
 */
export function decidePolicy(
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
  const checked = checkPolicy(document)
  if (!checked.ok) return { answer: checked }
  const { policy, digest } = checked.value
  const { version } = policy
  const named = [...doc.versions, { version: builtInPolicy.version, digest: builtInDigest }].find(
    (one) => one.version === version,
  )
  if (named && named.digest !== digest)
    return {
      answer: refused(
        'conflict',
        `Version "${version}" named another policy before; give this one a version of its own.`,
        { standing: named },
      ),
    }
  if (digest === before.digest) return { answer: ok(policyAnswer(doc)) }
  const versions = doc.versions.filter((one) => one.version !== version).slice(1 - MAX_VERSIONS)
  const next: PolicyDocument = {
    ...doc,
    active: { policy, digest, at, by: by.id, reason },
    versions: [...versions, { version, digest }],
  }
  return {
    answer: ok(policyAnswer(next)),
    effects: {
      doc: next,
      events: [
        {
          type: 'policy.activated',
          by: by.id,
          data: {
            version,
            digest,
            reason,
            before: { version: before.policy.version, digest: before.digest },
          },
        },
      ],
      deadlines: { set: [], clear: [] },
      records: [],
      blobs: [],
      closeHolders: [],
    },
  }
}
