import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../time.ts'
import { checkPolicy } from './check-policy.ts'
import { builtInPolicy } from './defaults.ts'

describe('what ships', () => {
  it('[PO6] is a policy that would be accepted, whole and unchanged', () => {
    const checked = checkPolicy(builtInPolicy)
    expect(checked.ok && checked.value.policy).toEqual(builtInPolicy)
  })

  it.each([
    ['none', undefined, false, 0],
    ['notify', undefined, false, 0],
    ['review', 'operator', false, HOUR],
    ['required', 'approver', false, 24 * HOUR],
    ['required_2fa', 'approver', true, 5 * MINUTE],
    ['admin_only', 'admin', false, 24 * HOUR],
  ] as const)('[AP5] %s: %s, factor %s, %d ms', (level, role, factor, timeoutMs) => {
    const rule = builtInPolicy.levels[level]
    expect([rule.role, rule.factor, rule.timeoutMs]).toEqual([role, factor, timeoutMs])
  })

  it.each([
    ['restricted', 0, false, 10, 0],
    ['supervised', 0.3, false, 50, 5],
    ['standard', 0.6, false, 100, 20],
    ['trusted', 0.8, true, 500, 100],
    ['autonomous', 0.95, true, 1_000, 500],
  ] as const)('[AU] [PO4] %s from %d, confirmed %s, %d calls and %d files', (level, ...expected) => {
    const { fromTrust, confirmPromotion, limits } = builtInPolicy.autonomy[level]
    expect([fromTrust, confirmPromotion, limits.apiCalls, limits.files]).toEqual(expected)
  })

  it('[ES1] thresholds and priorities', () =>
    expect(builtInPolicy.escalation).toMatchObject({
      confidenceBelow: 0.3,
      riskAbove: 0.7,
      failuresInRow: 3,
      priorities: {
        critical_decision: 1,
        high_risk: 2,
        policy_violation: 2,
        user_request: 3,
        anomaly: 3,
        uncertainty: 4,
        repeated_failures: 4,
      },
      otherPriority: 5,
    }))

  it('[AU] [AG4] [AP8] [AP9] [AP14] [PO4] the other numbers', () => {
    expect(builtInPolicy.trust).toEqual({ initial: 0.5, success: 0.02, failure: 0.1, escalation: 0.01 })
    expect(builtInPolicy.lease.defaultMs).toBe(15 * SECOND)
    expect(builtInPolicy.denials).toEqual({ rememberMs: HOUR, inRow: 5 })
    expect(builtInPolicy.release).toEqual({ useByMs: 15 * MINUTE, maxUseByMs: 24 * HOUR })
    expect(builtInPolicy.caps).toMatchObject({ openItems: 20, instructions: 100 })
    expect(builtInPolicy.budgets).toEqual({ windowMs: DAY })
    expect(builtInPolicy.people.separationOfDuties).toBe(true)
  })
})
