import { type AutonomyLevel, autonomyLevels, earnedLevel, type Policy, refused } from '@holdpoint/shared'
import type { AgentDocument, Autonomy } from './agent-document.ts'
import type { PersonCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { autonomyView } from './views.ts'

/** What moves trust (AU). `severity` in [0, 1]. */
export type TrustCause =
  | { readonly kind: 'success' }
  | { readonly kind: 'failure'; readonly severity: number }
  | { readonly kind: 'escalation' }

/** Trust after one cause, always within [0, 1] (AU), and the level it leads to (AU2). Pure. */
export function afterCause(autonomy: Autonomy, cause: TrustCause, policy: Policy, at: number): Autonomy {
  const trust = Math.min(1, Math.max(0, autonomy.trust + change(autonomy.trust, cause, policy)))
  return settled({ ...autonomy, ...countOf(autonomy, cause, at), ...{ trust } }, policy)
}

/** What trust, confirmations, pin and cap come to together. */
function settled(autonomy: Autonomy, policy: Policy): Autonomy {
  const { trust, pinned, cap, successes, failures, escalations, failuresInRow, lastFailureAt } = autonomy
  const earned = earnedLevel(policy, trust)
  const reached = levelReached(autonomy.reached, earned, policy)
  const capped = cap !== undefined && rank(cap) < rank(reached) ? cap : reached
  const waits = rank(earned) > rank(reached) ? earned : undefined
  return {
    trust,
    level: pinned ?? capped,
    reached,
    pinned,
    cap,
    earned: waits,
    successes,
    failures,
    escalations,
    failuresInRow,
    lastFailureAt,
  }
}

/** AU2: down at once, also where it is the thresholds that have risen and not the trust that fell. */
export const levelNow = ({ level, trust, pinned }: Autonomy, policy: Policy): AutonomyLevel => {
  const earned = earnedLevel(policy, trust)
  return pinned === undefined && rank(earned) < rank(level) ? earned : level
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
function levelReached(now: AutonomyLevel, earned: AutonomyLevel, policy: Policy): AutonomyLevel {
  if (rank(earned) <= rank(now)) return earned
  const onTheWay = autonomyLevels.slice(rank(now) + 1, rank(earned) + 1)
  const barred = onTheWay.findIndex((level) => policy.autonomy[level].confirmPromotion)
  return (barred < 0 ? earned : onTheWay[barred - 1]) ?? now
}

/** Moves the agent's trust, and keeps time, cause and value; a changed level is told to the agent. */
export function moveTrust(draft: Draft, by: string, cause: TrustCause): void {
  const { autonomy } = draft.doc
  setAutonomy(draft, by, { ...cause }, afterCause(autonomy, cause, draft.facts.policy, draft.facts.at))
}

/** What an admin does about an agent's autonomy (IN1, AU2). */
type Ruling = Extract<PersonCommand, { type: 'trust.pin' | 'trust.cap' | 'trust.reset' | 'trust.confirm' }>

/** Errors: `conflict` where no promotion waits, or another one than was named. */
export function ruleTrust(draft: Draft, { type, level, reason, by }: Ruling): Decision<AgentDocument> {
  const { autonomy } = draft.doc
  const { policy } = draft.facts
  if (type === 'trust.confirm') {
    const { earned } = autonomy
    if (!earned || (level !== undefined && level !== earned))
      return draft.refuse(
        refused('conflict', earned ? `The promotion that waits is to ${earned}.` : 'No promotion waits.', {
          autonomy: autonomyView(autonomy),
        }),
      )
  }
  const ruled = settled({ ...autonomy, ...ruling(autonomy, type, level, policy) }, policy)
  setAutonomy(draft, by.id, { kind: type.slice('trust.'.length), level, reason }, ruled)
  return draft.done({ autonomy: autonomyView(ruled) })
}

function ruling(
  autonomy: Autonomy,
  type: Ruling['type'],
  level: AutonomyLevel | undefined,
  policy: Policy,
): Partial<Autonomy> {
  switch (type) {
    case 'trust.pin':
      return { pinned: level }
    case 'trust.cap':
      return { cap: level }
    case 'trust.confirm':
      return { reached: autonomy.earned ?? autonomy.reached }
    case 'trust.reset': {
      const { initial } = policy.trust
      return {
        trust: initial,
        reached: earnedLevel(policy, initial),
        pinned: undefined,
        cap: undefined,
        failuresInRow: 0,
      }
    }
  }
}

function setAutonomy(
  draft: Draft,
  by: string,
  cause: Readonly<Record<string, unknown>>,
  autonomy: Autonomy,
): void {
  const before = draft.doc.autonomy
  draft.update({ autonomy })
  const view = autonomyView(autonomy)
  draft.log('trust.changed', by, { cause, trust: autonomy.trust, autonomy: view })
  if (autonomy.level !== before.level)
    draft.tell('autonomy.changed', by, { from: before.level, to: autonomy.level, autonomy: view })
}
