import { type AutonomyLevel, autonomyLevels, earnedLevel, type Policy } from '@holdpoint/shared'
import type { AgentDocument, Autonomy } from './agent-document.ts'
import { levelNow } from './autonomy.ts'
import type { Facts } from './commands.ts'

/**
 * The level in effect: its own, by today's thresholds (AU2), and no more than an ancestor's that an admin has pinned or
 * capped, or that fell below where agents begin. Whom an admin has pinned stays where that is.
 */
export function levelIn(
  { doc, facts }: { readonly doc: AgentDocument; readonly facts: Pick<Facts, 'family' | 'policy'> },
  policy: Policy = facts.policy,
): AutonomyLevel {
  const own = levelNow(doc.autonomy, policy)
  if (!facts.family || doc.autonomy.pinned !== undefined) return own
  return facts.family.ancestors.map((one) => leaves(one, policy)).reduce(lesser, own)
}

/** What an ancestor leaves its children: everything, unless somebody or its own failures have lowered it. */
function leaves(ancestor: Autonomy, policy: Policy): AutonomyLevel {
  const level = levelNow(ancestor, policy)
  const isRuled = ancestor.pinned !== undefined || ancestor.cap !== undefined
  const first = earnedLevel(policy, policy.trust.initial)
  const hasFallen = level !== first && lesser(level, first) === level
  return isRuled || hasFallen ? level : 'autonomous'
}

const lesser = (a: AutonomyLevel, b: AutonomyLevel): AutonomyLevel =>
  autonomyLevels.indexOf(a) < autonomyLevels.indexOf(b) ? a : b
