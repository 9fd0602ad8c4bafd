import { refused } from '../../errors.ts'
import { ok, type Result } from '../../result.ts'
import { inOurWords } from '../../schema-words.ts'
import { earnedLevel, evaluate, type Verdict } from '../evaluate.ts'
import type { BudgetState, Inquiry } from '../inquiry.ts'
import { problemsOf } from '../problems.ts'
import type { Policy } from '../schema.ts'
import type { Resource } from '../words.ts'
import { type PolicyCase, policyCases } from './schema.ts'

/** What one case came to. `misses`: one clause for each expectation that was not met. */
export interface CaseResult {
  readonly name: string
  readonly misses: readonly string[]
  readonly verdict: Verdict
}

/** Errors: `invalid` with `details.problems`. */
export function readCases(
  document: unknown,
): Result<{ readonly policy?: string | undefined; readonly cases: readonly PolicyCase[] }> {
  const parsed = policyCases.safeParse(document, inOurWords)
  if (parsed.success) return ok(parsed.data)
  return refused('invalid', 'The cases were not accepted.', {
    problems: parsed.error.issues.flatMap(problemsOf),
  })
}

/** Judges each case by the policy alone: no store, no clock. */
export const runCases = (policy: Policy, cases: readonly PolicyCase[]): readonly CaseResult[] =>
  cases.map((one) => {
    const verdict = evaluate(policy, inquiryOf(policy, one))
    return { name: one.name, misses: missesOf(one.expect, verdict), verdict }
  })

function inquiryOf(
  policy: Policy,
  { action, args = {}, agent = {}, risk, confidence, ...one }: PolicyCase,
): Inquiry {
  const trust = agent.trust ?? policy.trust.initial
  const autonomy = agent.autonomy ?? earnedLevel(policy, trust)
  const stateOf = (resource: Resource): BudgetState => ({
    used: one.budgets?.[resource]?.used ?? 0,
    limit: one.budgets?.[resource]?.limit ?? policy.autonomy[autonomy].limits[resource],
  })
  return {
    action,
    args,
    risk,
    confidence,
    trust,
    autonomy,
    agent: { id: agent.id ?? 'agent', owner: agent.owner, labels: agent.labels ?? {} },
    budgets: { apiCalls: stateOf('apiCalls'), files: stateOf('files') },
    at: Date.parse(one.at ?? '2026-01-05T12:00:00Z'),
  }
}

function missesOf(
  { verdict: kind, rules, ...fields }: PolicyCase['expect'],
  verdict: Verdict,
): readonly string[] {
  const came = verdict.misfit ? 'invalid' : verdict.kind
  const misses = kind === undefined || kind === came ? [] : [miss('verdict', kind, came)]
  for (const [name, expected] of Object.entries(fields)) {
    const actual = verdict[name as keyof typeof fields]
    if (actual !== expected) misses.push(miss(name, expected, actual))
  }
  for (const rule of rules ?? [])
    if (!verdict.rules.includes(rule))
      misses.push(`"${rule}" is not among the rules that decided: ${verdict.rules.join(', ')}`)
  return misses
}

const miss = (name: string, expected: unknown, actual: unknown): string =>
  `${name} is ${String(actual ?? 'none')}, not ${String(expected)}`
