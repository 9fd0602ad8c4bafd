import { type Digest, digestOf } from '../canonical.ts'
import { canonicalText } from '../canonical-text.ts'
import { refused } from '../errors.ts'
import { checkJson } from '../json-check.ts'
import { ok, type Result } from '../result.ts'
import { inOurWords } from '../schema-words.ts'
import type { Misfit } from './args-schema/validate.ts'
import { pagingProblems } from './check-paging.ts'
import { compiledOf } from './compiled.ts'
import { layered } from './layer.ts'
import { problemsOf } from './problems.ts'
import { type Policy, policySchema } from './schema.ts'

/** A mistake in a policy document. `path` leads to it: keys and indexes. */
export type PolicyProblem = Misfit

/** A policy that may be activated, with the digest of its canonical text (PO6). */
export interface CheckedPolicy {
  readonly policy: Policy
  readonly digest: Digest
}

/** How many mistakes are told of at once. */
const MAX_PROBLEMS = 50

/**
 * A policy document, whole or in parts, laid over the built-in policy: loaded whole or not at all (PO6). Where it names
 * no version, its digest does.
 * Errors: `invalid` with `details.problems`, each a PolicyProblem.
 */
export function checkPolicy(document: unknown): Result<CheckedPolicy> {
  const unsafe = checkJson(document)
  if (unsafe) return problems([{ path: stepsOf(unsafe.details?.path), message: unsafe.message }])
  const merged = layered(document)
  const named = withVersion(merged)
  const parsed = policySchema.safeParse(named, inOurWords)
  if (!parsed.success) return problems(parsed.error.issues.flatMap(problemsOf))
  const policy: Policy = parsed.data
  const problemsFound = [...compiledOf(policy).mistakes, ...pagingProblems(policy)]
  if (problemsFound.length > 0) return problems(problemsFound)
  return ok({ policy, digest: policyDigest(policy) })
}

/** Of the policy as a whole, defaults included: the same digest is the same judgement. */
export const policyDigest = (policy: Policy): Digest => digestOf(canonicalText(plain(policy)))

function withVersion(merged: unknown): unknown {
  if (typeof merged !== 'object' || merged === null || Array.isArray(merged)) return merged
  const { version, ...rest } = merged as Record<string, unknown>
  if (version !== undefined) return merged
  return { ...rest, version: digestOf(canonicalText(plain(rest))).slice('sha256:'.length, 19) }
}

const stepsOf = (pointer: unknown): readonly string[] =>
  typeof pointer === 'string' ? pointer.split('/').filter((step) => step !== '') : []

/** What JSON keeps of it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

function problems(all: readonly PolicyProblem[]): ReturnType<typeof refused> {
  const [first] = all
  const more = all.length > 1 ? `, and ${all.length - 1} more` : ''
  const where = first && first.path.length > 0 ? `${first.path.join('.')}: ` : ''
  return refused('invalid', `The policy was not accepted: ${where}${first?.message ?? 'invalid'}${more}.`, {
    problems: all.slice(0, MAX_PROBLEMS),
  })
}
