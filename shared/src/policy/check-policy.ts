import { type Digest, digestOf } from '../canonical.ts'
import { canonicalText } from '../canonical-text.ts'
import { refused } from '../errors.ts'
import { checkJson } from '../json-check.ts'
import { ok, type Result } from '../result.ts'
import { inOurWords } from '../schema-words.ts'
import type { Misfit } from './args-schema/validate.ts'
import { pagingProblems } from './check-paging.ts'
import { compiledOf, conditionMistake } from './compiled.ts'
import { layered } from './layer.ts'
import { problemsOf } from './problems.ts'
import { type Policy, policySchema } from './schema.ts'
import { MAX_RULES } from './sections/rules.ts'

/** A mistake in a policy document. `path` leads to it: keys and indexes. `rule`: the name of the rule that it is in. */
export interface PolicyProblem extends Misfit {
  readonly rule?: string | undefined
}

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
  if (!parsed.success)
    return problems(
      withRuleNames([...parsed.error.issues.flatMap(problemsOf), ...conditionMistakes(named)], named),
    )
  const policy: Policy = parsed.data
  const problemsFound = [...compiledOf(policy).mistakes, ...pagingProblems(policy)]
  if (problemsFound.length > 0) return problems(withRuleNames(problemsFound, named))
  return ok({ policy, digest: policyDigest(policy) })
}

/** Of the policy as a whole, defaults included: the same digest is the same judgement. */
export const policyDigest = (policy: Policy): Digest => digestOf(policyText(policy))

/** What that digest is of: RFC 8785. */
export const policyText = (policy: Policy): string => canonicalText(plain(policy))

function withVersion(merged: unknown): unknown {
  if (typeof merged !== 'object' || merged === null || Array.isArray(merged)) return merged
  const { version, ...rest } = merged as Record<string, unknown>
  if (version !== undefined) return merged
  return { ...rest, version: digestOf(canonicalText(plain(rest))).slice('sha256:'.length, 19) }
}

/** What is wrong with those conditions that can be read, where the shape of something else lets nothing be compiled. */
const conditionMistakes = (document: unknown): readonly Misfit[] =>
  rulesOf(document).flatMap((rule, at) => {
    const mistake = typeof rule?.when === 'string' && conditionMistake(rule.when, at)
    return mistake ? [mistake] : []
  })

const withRuleNames = (all: readonly Misfit[], document: unknown): readonly PolicyProblem[] => {
  const rules = rulesOf(document)
  return all.map((problem) => {
    const [section, at] = problem.path
    const name = section === 'rules' && typeof at === 'number' ? rules[at]?.name : undefined
    return typeof name === 'string' ? { ...problem, rule: name } : problem
  })
}

type RuleLike = { readonly name?: unknown; readonly when?: unknown } | null

function rulesOf(document: unknown): readonly RuleLike[] {
  const { rules } = Object(document) as { readonly rules?: unknown }
  return Array.isArray(rules) ? (rules as readonly RuleLike[]).slice(0, MAX_RULES) : []
}

const stepsOf = (pointer: unknown): readonly string[] =>
  typeof pointer === 'string' ? pointer.split('/').filter((step) => step !== '') : []

/** What JSON keeps of it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** `rules.0.when (rule "refunds")`. */
export const placeOf = ({ path, rule }: Pick<PolicyProblem, 'path' | 'rule'>): string =>
  `${path.join('.')}${rule === undefined ? '' : ` (rule "${rule}")`}`

function problems(all: readonly PolicyProblem[]): ReturnType<typeof refused> {
  const [first] = all
  const more = all.length > 1 ? `, and ${all.length - 1} more` : ''
  const where = first && first.path.length > 0 ? `${placeOf(first)}: ` : ''
  return refused('invalid', `The policy was not accepted: ${where}${first?.message ?? 'invalid'}${more}.`, {
    problems: all.slice(0, MAX_PROBLEMS),
  })
}
