import type { Meter } from './cel/meter.ts'
import { variablesOf } from './cel/variables.ts'
import { type Demand, higherRole, leastLevel } from './combine.ts'
import { compiledOf } from './compiled.ts'
import type { Inquiry } from './inquiry.ts'
import type { Policy } from './schema.ts'
import type { Rule } from './sections/rules.ts'
import type { ActionClass } from './words.ts'

/** What the rules that match come to. */
interface Ruled {
  readonly demands: readonly Demand[]
  readonly forbidding: readonly { readonly rule: string; readonly reason: string | undefined }[]
}

/** PO3: what the matching rules ask. One that fails to evaluate makes the action `required`, and says why it failed. */
export function ruleDemands(policy: Policy, inquiry: Inquiry, kind: ActionClass, meter: Meter): Ruled {
  const { rules, mistakes } = compiledOf(policy)
  const variable = variablesOf(inquiry, kind)
  const demands: Demand[] = []
  const forbidding: { rule: string; reason: string | undefined }[] = []
  for (const { rule, condition } of rules) {
    const name = `rule:${rule.name}`
    const matches = condition.evaluate(variable, meter)
    if (!matches.ok) {
      const failed = `${name}:failed: ${matches.error.message}`
      demands.push(inquiry.inAdvance ? { rule: failed, floor: 'required' } : unasked(policy, rule, failed))
    } else if (matches.value && rule.forbid) forbidding.push({ rule: name, reason: rule.reason })
    else if (matches.value) demands.push(demandOf(rule, name))
  }
  for (const { path, message } of mistakes)
    demands.push({ rule: `${path.join('.')}:failed: ${message}`, floor: 'required' })
  return { demands, forbidding }
}

/**
 * `required`, and what the rule asks beyond that had it matched: else arguments that it can not be asked about would get
 * around its role, its factor and its number of persons. What it would have forbidden takes the highest role there is.
 */
function unasked({ levels }: Policy, asked: Rule, rule: string): Demand {
  const { level, floor, ...wanted } = demandOf(asked, rule)
  const own = levels[level ?? floor ?? 'required']
  return {
    ...wanted,
    floor: 'required',
    role: asked.forbid ? 'admin' : higherRole(own.role, wanted.role),
    factor: own.factor || wanted.factor,
    timeoutMs: wanted.timeoutMs ?? (own.role === undefined ? undefined : own.timeoutMs),
  }
}

const demandOf = (asked: Rule, rule: string): Demand => {
  const { level, role, factor, approvals, denials, separationOfDuties, timeoutMs } = asked
  return {
    rule,
    level,
    floor: level ? undefined : leastLevel(asked),
    role,
    factor,
    approvals,
    denials,
    separationOfDuties,
    timeoutMs,
  }
}
