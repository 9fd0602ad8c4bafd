import type { PersonRole } from '../roles.ts'
import type { Misfit } from './args-schema/validate.ts'
import { budgetDemands, spentBy } from './budgets.ts'
import { Meter } from './cel/meter.ts'
import { combine, type Demand } from './combine.ts'
import { compiledOf } from './compiled.ts'
import type { Inquiry } from './inquiry.ts'
import { ruleDemands } from './rules.ts'
import type { Policy } from './schema.ts'
import type { CatalogueEntry } from './sections/catalogue.ts'
import {
  type ActionClass,
  type ApprovalLevel,
  type AutonomyLevel,
  autonomyLevels,
  type Resource,
} from './words.ts'

/** What policy makes of one action by one agent (PO): free, to be released by someone, or forbidden. */
export interface Verdict {
  readonly kind: 'go' | 'ask' | 'forbidden'
  /** The strictest level that was asked for (PO3). */
  readonly level: ApprovalLevel
  readonly class: ActionClass
  /** Undefined where nobody needs to release it. */
  readonly role: PersonRole | undefined
  readonly factor: boolean
  /** AP5: how many distinct persons must release it, and how many must deny it to end it. */
  readonly approvals: number
  readonly denials: number
  /** AP6: whether the agent's owner is barred from releasing it. */
  readonly separationOfDuties: boolean
  /** The escalation policy that its approval follows, where the catalogue names one (AP12). */
  readonly escalation: string | undefined
  readonly timeoutMs: number
  /** What it takes from the budgets (PO4). */
  readonly consumes: Readonly<Record<Resource, number>>
  /** Of which of them there is not enough left. */
  readonly spent: readonly Resource[]
  /** AP9: whether the same bytes may have run already, and doing them once more would not be harmless. */
  readonly begunBefore: boolean
  /** The rules that decided, for the answer and for history (PO6). */
  readonly rules: readonly string[]
  /** Why, in the words of the policy, where it is forbidden and the policy says why. */
  readonly reason: string | undefined
  /** Where its arguments do not fit their schema, first of all places. It is forbidden then. */
  readonly misfit: Misfit | undefined
  readonly policyVersion: string
}

/** AP9: what may have run already is not done again without a person, however free it is, but for what is harmless to do twice. */
const SOMEBODY_LOOKS: Demand = { rule: 'begun_before', floor: 'review' }

/** Decides one action (PO2, PO3, PO5, AP1). Pure; bounded in steps, whatever the rules and the arguments. */
export function evaluate(policy: Policy, inquiry: Inquiry): Verdict {
  const meter = new Meter()
  const { entry, rule } = entryOf(policy, inquiry.action)
  const leave = autonomyLeave(policy, inquiry.autonomy, entry)
  const misfit = compiledOf(policy).args.get(entry)?.check(inquiry.args, meter)
  const ruled = ruleDemands(policy, inquiry, entry.class, meter)
  const consumes = { apiCalls: entry.consumes?.apiCalls ?? 0, files: entry.consumes?.files ?? 0 }
  const spent = spentBy(inquiry, consumes)
  const { level, approvals, denials, separationOfDuties, timeoutMs } = entry
  const demands: readonly Demand[] = [
    { rule, level, approvals, denials, separationOfDuties, timeoutMs },
    ...(leave.floor ? [{ rule: leave.rule, floor: leave.floor }] : []),
    ...ruled.demands,
    ...budgetDemands(spent),
  ]
  const first = combine(demands, policy.levels)
  const begunBefore = inquiry.begunBefore === true && first.level !== 'none' && entry.idempotent !== true
  const combined = begunBefore ? combine([...demands, SOMEBODY_LOOKS], policy.levels) : first
  const forbidding = [
    ...(misfit ? [`${rule}:args`] : []),
    ...(leave.forbidden ? [leave.rule] : []),
    ...ruled.forbidding.map((one) => one.rule),
  ]
  const isForbidden = forbidding.length > 0
  const { role, factor } = combined
  return {
    level: combined.level,
    role,
    factor,
    approvals: combined.approvals,
    denials: combined.denials,
    timeoutMs: combined.timeoutMs,
    kind: isForbidden ? 'forbidden' : role === undefined ? 'go' : 'ask',
    class: entry.class,
    separationOfDuties: combined.separationOfDuties ?? policy.people.separationOfDuties,
    escalation: entry.escalation,
    consumes,
    spent,
    begunBefore,
    rules: isForbidden ? forbidding : combined.rules,
    reason: ruled.forbidding.find((one) => one.reason !== undefined)?.reason,
    misfit,
    policyVersion: policy.version,
  }
}

/** Whether a verdict may depend on the arguments, and not on the action's name alone. */
export const readsArguments = ({ rules, catalogue, unlisted }: Policy): boolean =>
  rules.length > 0 || [...Object.values(catalogue), unlisted].some((entry) => entry.args !== undefined)

function entryOf(policy: Policy, action: string): { readonly entry: CatalogueEntry; readonly rule: string } {
  const listed = Object.hasOwn(policy.catalogue, action) ? policy.catalogue[action] : undefined
  return listed
    ? { entry: listed, rule: `catalogue:${action}` }
    : { entry: policy.unlisted, rule: 'catalogue:unlisted' }
}

/** PO2: what the agent's autonomy level adds to the catalogue's own demand. */
function autonomyLeave(policy: Policy, autonomy: AutonomyLevel, { class: kind }: CatalogueEntry) {
  const rule = policy.autonomy[autonomy]
  const lists = (classes: readonly (ActionClass | '*')[]) => classes.includes('*') || classes.includes(kind)
  const name = (what: string) => `autonomy:${autonomy}:${kind}:${what}`
  if (lists(rule.forbidden)) return { forbidden: true, rule: name('forbidden') }
  if (lists(rule.needsApproval)) return { floor: 'review' as const, rule: name('needs_approval') }
  if (lists(rule.alone)) return { rule: name('alone') }
  return { floor: 'required' as const, rule: name('in_neither_list') }
}

/** The autonomy level that this much trust has earned (AU). */
export function earnedLevel(policy: Policy, trust: number): AutonomyLevel {
  const reached = autonomyLevels.filter((level) => trust >= policy.autonomy[level].fromTrust)
  return reached.at(-1) ?? 'restricted'
}
