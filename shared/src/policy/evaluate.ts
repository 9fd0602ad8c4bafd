import type { PersonRole } from '../roles.ts'
import { personRoles } from '../roles.ts'
import type { ActionClass, ApprovalLevel, AutonomyLevel, CatalogueEntry, LevelRule, Policy } from './types.ts'
import { approvalLevels, autonomyLevels } from './types.ts'

/** What policy makes of one action by one agent (PO): free, to be released by someone, or forbidden. */
export interface Verdict {
  readonly kind: 'go' | 'ask' | 'forbidden'
  /** The strictest level that was asked for (PO3). */
  readonly level: ApprovalLevel
  readonly class: ActionClass
  /** Undefined where nobody needs to release it. */
  readonly role: PersonRole | undefined
  readonly factor: boolean
  readonly timeoutMs: number
  /** The rules that decided, for the answer and for history (PO6). */
  readonly rules: readonly string[]
  readonly policyVersion: string
}

/** Decides one action (PO2, PO3, PO5, AP1). Pure; `autonomy` is the agent's level in effect. */
export function evaluate(policy: Policy, autonomy: AutonomyLevel, action: string): Verdict {
  const listed = Object.hasOwn(policy.catalogue, action) ? policy.catalogue[action] : undefined
  const entry = listed ?? policy.unlisted
  const asked: Asked[] = [{ level: entry.level, rule: listed ? `catalogue:${action}` : 'catalogue:unlisted' }]
  const leave = autonomyLeave(policy, autonomy, entry)
  // PO2 asks for a floor: where the catalogue's own level is as strict, the floor's time-out must not shorten it.
  if (leave.atLeast && strictness(leave.atLeast) > strictness(entry.level))
    asked.push({ level: leave.atLeast, rule: leave.rule })
  const combined = combine(asked, policy)
  return {
    ...combined,
    kind: leave.forbidden ? 'forbidden' : combined.role === undefined ? 'go' : 'ask',
    class: entry.class,
    rules: leave.forbidden ? [leave.rule] : combined.rules,
    policyVersion: policy.version,
  }
}

interface Asked {
  readonly level: ApprovalLevel
  readonly rule: string
}

/** PO2: what the agent's autonomy level adds to the catalogue's own demand. */
function autonomyLeave(policy: Policy, autonomy: AutonomyLevel, { class: kind }: CatalogueEntry) {
  const rule = policy.autonomy[autonomy]
  const lists = (classes: readonly (ActionClass | '*')[]) => classes.includes('*') || classes.includes(kind)
  const name = (what: string) => `autonomy:${autonomy}:${kind}:${what}`
  if (lists(rule.forbidden)) return { forbidden: true, rule: name('forbidden') }
  if (lists(rule.needsApproval)) return { atLeast: 'review' as const, rule: name('needs_approval') }
  if (lists(rule.alone)) return { rule: name('alone') }
  return { atLeast: 'required' as const, rule: name('in_neither_list') }
}

/**
 * PO3: the strictest combination of all that was asked: highest role, a factor if any asks, shortest time-out.
 * The rules named are those whose level is as strict as the result; a weaker demand decided nothing.
 */
function combine(asked: readonly Asked[], policy: Policy) {
  const levels = asked.map((one) => one.level)
  const level = levels.reduce((a, b) => (strictness(b) > strictness(a) ? b : a))
  const demands = levels.map((one) => policy.levels[one]).filter((one) => one.role !== undefined)
  return {
    level,
    role: highestRole(demands),
    factor: demands.some((one) => one.factor),
    timeoutMs: demands.length === 0 ? 0 : Math.min(...demands.map((one) => one.timeoutMs)),
    rules: asked.filter((one) => one.level === level).map((one) => one.rule),
  }
}

const strictness = (level: ApprovalLevel): number => approvalLevels.indexOf(level)

function highestRole(demands: readonly LevelRule[]): PersonRole | undefined {
  const ranks = demands.map((one) => (one.role ? personRoles.indexOf(one.role) : -1))
  return personRoles[Math.max(-1, ...ranks)]
}

/** The autonomy level that this much trust has earned (AU). */
export function earnedLevel(policy: Policy, trust: number): AutonomyLevel {
  const reached = autonomyLevels.filter((level) => trust >= policy.autonomy[level].fromTrust)
  return reached.at(-1) ?? 'restricted'
}
