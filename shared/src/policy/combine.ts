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
const strictest = (levels: readonly ApprovalLevel[]): ApprovalLevel =>
  levels.reduce((a, b) => (strictness(b) > strictness(a) ? b : a), 'none')

/**
 * PO3: the strictest combination: highest role, a factor if any asks, most approvals, fewest denials, shortest
 * time-out, duties separated if any asks. Named are the rules as strict as the level, and those that a part of the
 * result rests on.
 */
export function combine(demands: readonly Demand[], levels: Policy['levels']): Combined {
  const firm = strictest(demands.flatMap((one) => one.level ?? []))
  const asked = demands.map((one) => withLevel(one, firm, levels))
  const level = strictest(asked.flatMap((one) => one.level ?? []))
  const role = highestRole(asked.flatMap((one) => one.role ?? []))
  const strict = asked.filter((one) => one.level === level)
  if (role === undefined) return { ...free, level, rules: strict.map((one) => one.rule) }
  const least = (numbers: readonly number[], otherwise: number) =>
    numbers.length > 0 ? Math.min(...numbers) : otherwise
  const result = {
    level,
    role,
    factor: asked.some((one) => one.factor === true),
    approvals: Math.max(1, ...asked.flatMap((one) => one.approvals ?? [])),
    denials: least(
      asked.flatMap((one) => one.denials ?? []),
      1,
    ),
    separationOfDuties: strictestDuty(asked),
    timeoutMs: least(
      asked.flatMap((one) => one.timeoutMs ?? []),
      0,
    ),
  }
  const names = asked.filter((one, at) => strict.includes(one) || restsOn(result, demands[at]))
  return { ...result, rules: names.map((one) => one.rule) }
}

const free = {
  role: undefined,
  factor: false,
  approvals: 1,
  denials: 1,
  separationOfDuties: undefined,
  timeoutMs: 0,
}

/** The demand with what its level asks: the higher role, its factor, and its time-out where it names none itself. */
function withLevel({ floor, ...demand }: Demand, firm: ApprovalLevel, levels: Policy['levels']): Demand {
  const level =
    demand.level ?? (floor !== undefined && strictness(floor) > strictness(firm) ? floor : undefined)
  if (level === undefined) return demand
  const rule = levels[level]
  if (rule.role === undefined) return { ...demand, level, timeoutMs: undefined }
  return {
    ...demand,
    level,
    role: highestRole([rule.role, ...(demand.role ? [demand.role] : [])]),
    factor: rule.factor || demand.factor,
    timeoutMs: demand.timeoutMs ?? rule.timeoutMs,
  }
}

/** Whether what a demand names by itself, its level apart, is part of the result. */
const restsOn = (result: Omit<Combined, 'rules'>, demand: Demand | undefined): boolean =>
  demand !== undefined &&
  (demand.role === result.role ||
    (demand.factor === true && result.factor) ||
    (demand.approvals !== undefined && demand.approvals > 1 && demand.approvals === result.approvals) ||
    demand.denials === result.denials ||
    demand.separationOfDuties === true ||
    demand.timeoutMs === result.timeoutMs)

/** True if any asks for it; false only where somebody waives it and nobody asks. */
function strictestDuty(asked: readonly Demand[]): boolean | undefined {
  const said = asked.flatMap((one) => one.separationOfDuties ?? [])
  return said.length === 0 ? undefined : said.includes(true)
}

function highestRole(roles: readonly PersonRole[]): PersonRole | undefined {
  return personRoles[Math.max(-1, ...roles.map((role) => personRoles.indexOf(role)))]
}
