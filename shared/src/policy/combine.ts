import { type PersonRole, personRoles } from '../roles.ts'
import type { Policy } from './schema.ts'
import { type ApprovalLevel, approvalLevels } from './words.ts'

/** One thing that policy asks of a release (PO3). What is left out asks nothing. */
export interface Demand {
  /** The rule that answers name (PO6). */
  readonly rule: string
  /** At least this level, with its role, its factor and its time-out. */
  readonly level?: ApprovalLevel | undefined
  /** At least this level; it counts only where no demanded level is as strict, so its time-out shortens nothing then. */
  readonly floor?: ApprovalLevel | undefined
  readonly role?: PersonRole | undefined
  readonly factor?: boolean | undefined
  readonly approvals?: number | undefined
  readonly denials?: number | undefined
  readonly separationOfDuties?: boolean | undefined
  readonly timeoutMs?: number | undefined
}

/** What all demands come to (PO3). */
export interface Combined {
  readonly level: ApprovalLevel
  /** Undefined where nobody needs to release it. */
  readonly role: PersonRole | undefined
  readonly factor: boolean
  readonly approvals: number
  readonly denials: number
  readonly separationOfDuties: boolean | undefined
  readonly timeoutMs: number
  readonly rules: readonly string[]
}

const strictness = (level: ApprovalLevel): number => approvalLevels.indexOf(level)
const strictest = (demands: readonly Demand[]): ApprovalLevel => {
  let most = 0
  for (const { level } of demands) if (level !== undefined) most = Math.max(most, strictness(level))
  return approvalLevels[most] ?? 'none'
}

/**
 * PO3: the strictest combination: highest role, a factor if any asks, most approvals, fewest denials, shortest
 * time-out, duties separated if any asks. Named are the rules as strict as the level, and those that a part of the
 * result rests on.
 */
export function combine(demands: readonly Demand[], levels: Policy['levels']): Combined {
  const firm = strictest(demands)
  const asked = demands.map((one) => withLevel(one, floorOf(one, levels), { firm, levels }))
  const level = strictest(asked)
  const strict = asked.filter((one) => one.level === level)
  let role: PersonRole | undefined
  let factor = false
  let approvals = 1
  let denials: number | undefined
  let separationOfDuties: boolean | undefined
  let timeoutMs: number | undefined
  for (const one of asked) {
    role = higherRole(role, one.role)
    factor ||= one.factor === true
    approvals = Math.max(approvals, one.approvals ?? 1)
    denials = least(denials, one.denials)
    timeoutMs = least(timeoutMs, one.timeoutMs)
    // false only where somebody waives it and nobody asks
    if (one.separationOfDuties !== undefined)
      separationOfDuties = separationOfDuties === true || one.separationOfDuties
  }
  if (role === undefined) return { ...free, level, rules: strict.map((one) => one.rule) }
  const result = {
    level,
    role,
    factor,
    approvals,
    denials: denials ?? 1,
    separationOfDuties,
    timeoutMs: timeoutMs ?? 0,
    rules: [] as readonly string[],
  }
  const names = asked.filter((one, at) => strict.includes(one) || restsOn(result, demands[at]))
  return { ...result, rules: names.map((one) => one.rule) }
}

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

const free = {
  level: 'none',
  role: undefined,
  factor: false,
  approvals: 1,
  denials: 1,
  separationOfDuties: undefined,
  timeoutMs: 0,
  rules: [],
} satisfies Combined

/**
 * PO3: what names a person to release it asks for one, though its level asks for nobody: else the rest of it would stand
 * only as long as the agent's autonomy does not suffice. A time-out and denials say how, and not that, somebody is asked.
 */
function floorOf(demand: Demand, levels: Policy['levels']): ApprovalLevel | undefined {
  const { level, floor, role, factor, approvals, separationOfDuties } = demand
  const isNamed = role !== undefined || factor || approvals !== undefined || separationOfDuties
  return level !== undefined && levels[level].role === undefined && isNamed ? leastLevel(demand) : floor
}

/** The first level that holds what a demand names: somebody has to look. */
export function leastLevel({ role, factor }: Pick<Demand, 'role' | 'factor'>): ApprovalLevel {
  if (role === 'admin') return 'admin_only'
  if (factor) return 'required_2fa'
  return role === 'approver' ? 'required' : 'review'
}

/** The demand with what its level asks: the higher role, its factor, and its time-out where it names none itself. */
function withLevel(
  demand: Demand,
  floor: ApprovalLevel | undefined,
  { firm, levels }: { readonly firm: ApprovalLevel; readonly levels: Policy['levels'] },
): Demand {
  const { rule, role, factor, approvals, denials, separationOfDuties, timeoutMs } = demand
  const level = floor !== undefined && strictness(floor) > strictness(firm) ? floor : demand.level
  const asks = level && levels[level]
  const asksRole = asks?.role
  return {
    rule,
    level,
    role: asksRole === undefined ? role : higherRole(asksRole, role),
    factor: (asksRole !== undefined && asks?.factor) || factor,
    approvals,
    denials,
    separationOfDuties,
    // a level that asks nobody has a time-out of nothing, which is not one that anybody asked for
    timeoutMs: asksRole === undefined ? timeoutMs : (timeoutMs ?? asks?.timeoutMs),
  }
}

/** Whether what a demand names by itself, its level apart, is part of the result. */
const restsOn = (result: Combined, demand: Demand | undefined): boolean =>
  demand !== undefined &&
  (demand.role === result.role ||
    (demand.factor === true && result.factor) ||
    (demand.approvals !== undefined && demand.approvals > 1 && demand.approvals === result.approvals) ||
    demand.denials === result.denials ||
    demand.separationOfDuties === true ||
    demand.timeoutMs === result.timeoutMs)

export function higherRole(a: PersonRole | undefined, b: PersonRole | undefined): PersonRole | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return personRoles.indexOf(b) > personRoles.indexOf(a) ? b : a
}
