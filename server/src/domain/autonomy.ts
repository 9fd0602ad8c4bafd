import { type AutonomyLevel, autonomyLevels, earnedLevel, type Policy } from '@holdpoint/shared'
import type { Autonomy } from './agent-document.ts'
import type { Draft } from './draft.ts'
import { autonomyView } from './views.ts'

/** What moves trust (AU). `severity` in [0, 1]. */
export type TrustCause =
  | { readonly kind: 'success' }
  | { readonly kind: 'failure'; readonly severity: number }
  | { readonly kind: 'escalation' }

/** Trust after one cause, always within [0, 1] (AU), and the level it leads to (AU2). Pure. */
export function afterCause(autonomy: Autonomy, cause: TrustCause, policy: Policy, at: number): Autonomy {
  const counted = { ...autonomy, ...countOf(autonomy, cause, at) }
  const trust = Math.min(1, Math.max(0, autonomy.trust + change(autonomy.trust, cause, policy)))
  const earned = earnedLevel(policy, trust)
  const level = levelInEffect(autonomy.level, earned, policy)
  return { ...counted, trust, level, earned: rank(earned) > rank(level) ? earned : undefined }
}

function change(trust: number, cause: TrustCause, { trust: rates }: Policy): number {
  switch (cause.kind) {
    case 'success':
      return rates.success * (1 - trust)
    case 'failure':
      return -rates.failure * cause.severity
    case 'escalation':
      return -rates.escalation
  }
}

function countOf(autonomy: Autonomy, { kind }: TrustCause, at: number): Partial<Autonomy> {
  switch (kind) {
    case 'success':
      return { successes: autonomy.successes + 1, failuresInRow: 0 }
    case 'failure':
      return {
        failures: autonomy.failures + 1,
        failuresInRow: autonomy.failuresInRow + 1,
        lastFailureAt: at,
      }
    case 'escalation':
      return { escalations: autonomy.escalations + 1 }
  }
}

const rank = (level: AutonomyLevel): number => autonomyLevels.indexOf(level)

/** AU2: down at once; up as far as no level on the way needs an admin's confirmation. */
function levelInEffect(now: AutonomyLevel, earned: AutonomyLevel, policy: Policy): AutonomyLevel {
  if (rank(earned) <= rank(now)) return earned
  const onTheWay = autonomyLevels.slice(rank(now) + 1, rank(earned) + 1)
  const barred = onTheWay.findIndex((level) => policy.autonomy[level].confirmPromotion)
  return (barred < 0 ? earned : onTheWay[barred - 1]) ?? now
}

/** Moves the agent's trust, and keeps time, cause and value; a changed level is told to the agent. */
export function moveTrust(draft: Draft, by: string, cause: TrustCause): void {
  const before = draft.doc.autonomy
  const autonomy = afterCause(before, cause, draft.facts.policy, draft.facts.at)
  draft.update({ autonomy })
  const view = autonomyView(autonomy)
  draft.log('trust.changed', by, { cause, trust: autonomy.trust, autonomy: view })
  if (autonomy.level !== before.level)
    draft.tell('autonomy.changed', by, { from: before.level, to: autonomy.level, autonomy: view })
}
