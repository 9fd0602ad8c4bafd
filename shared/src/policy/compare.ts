import type { PersonRole } from '../roles.ts'
import type { Verdict } from './evaluate.ts'
import { type ApprovalLevel, approvalLevels } from './words.ts'

/** What two policies are compared by: who has to release it. */
export interface Judgement {
  readonly verdict: Verdict['kind']
  readonly level: ApprovalLevel
  readonly role?: PersonRole | undefined
  readonly factor: boolean
  readonly approvals: number
}

/** How one judgement differs from another; `other`: stricter in one way and weaker in another. */
export type Difference = 'same' | 'stricter' | 'weaker' | 'other'

export const judgementOf = ({ kind, level, role, factor, approvals }: Verdict): Judgement => ({
  verdict: kind,
  level,
  role,
  factor,
  approvals,
})

const kinds: readonly Verdict['kind'][] = ['go', 'ask', 'forbidden']

/** What the candidate would make of it, as seen from what was decided. */
export function differenceOf(decided: Judgement, candidate: Judgement): Difference {
  const byKind = kinds.indexOf(candidate.verdict) - kinds.indexOf(decided.verdict)
  if (byKind !== 0) return byKind > 0 ? 'stricter' : 'weaker'
  // what is forbidden asks nobody, and what goes is seen by nobody
  if (decided.verdict !== 'ask') return decided.level === candidate.level ? 'same' : 'other'
  const steps = [
    approvalLevels.indexOf(candidate.level) - approvalLevels.indexOf(decided.level),
    Number(candidate.factor) - Number(decided.factor),
    candidate.approvals - decided.approvals,
  ]
  const up = steps.some((step) => step > 0)
  const down = steps.some((step) => step < 0)
  if (up && down) return 'other'
  return up ? 'stricter' : down ? 'weaker' : 'same'
}
