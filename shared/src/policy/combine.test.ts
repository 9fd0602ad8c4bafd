import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { personRoles } from '../roles.ts'
import { DAY, HOUR, MINUTE } from '../time.ts'
import { combine, type Demand } from './combine.ts'
import { builtInPolicy } from './defaults.ts'
import { approvalLevels } from './words.ts'

const { levels } = builtInPolicy
const combined = (...demands: readonly Omit<Demand, 'rule'>[]) =>
  combine(
    demands.map((demand, at) => ({ rule: `${at}`, ...demand })),
    levels,
  )

describe('the strictest combination', () => {
  it('[PO3] [AP5] most approvals, fewest denials, shortest time-out, duties separated if any asks', () =>
    expect(
      combined(
        { level: 'required', approvals: 2, denials: 3 },
        { approvals: 3, timeoutMs: MINUTE },
        { denials: 2, separationOfDuties: true },
        { separationOfDuties: false },
      ),
    ).toEqual({
      level: 'required',
      role: 'approver',
      factor: false,
      approvals: 3,
      denials: 2,
      separationOfDuties: true,
      timeoutMs: MINUTE,
      rules: ['0', '1', '2'],
    }))

  it('[AP5] one person releases and one denies, where nobody asks for more', () =>
    expect(combined({ level: 'review' })).toMatchObject({
      approvals: 1,
      denials: 1,
      separationOfDuties: undefined,
    }))

  it('[PO3] role and factor of different demands come together', () =>
    expect(combined({ level: 'admin_only' }, { level: 'required_2fa' })).toMatchObject({
      level: 'admin_only',
      role: 'admin',
      factor: true,
      timeoutMs: 5 * MINUTE,
    }))

  it('[PO3] what names its own time-out has that one instead of its level’s', () =>
    expect(combined({ level: 'review', timeoutMs: 3 * DAY })).toMatchObject({ timeoutMs: 3 * DAY }))

  it('[PO3] a floor counts only where no demand is as strict, and then shortens nothing', () => {
    expect(combined({ level: 'required' }, { floor: 'review' })).toMatchObject({
      timeoutMs: DAY,
      rules: ['0'],
    })
    expect(combined({ level: 'notify' }, { floor: 'review' })).toMatchObject({
      level: 'review',
      role: 'operator',
      timeoutMs: HOUR,
      rules: ['1'],
    })
  })

  it('[PO5] nobody needs to release what only none and notify ask for', () =>
    expect(combined({ level: 'none' }, { level: 'notify' })).toMatchObject({
      level: 'notify',
      role: undefined,
      timeoutMs: 0,
    }))

  const demand = fc.record(
    {
      level: fc.constantFrom(...approvalLevels),
      floor: fc.constantFrom('review' as const, 'required' as const),
      role: fc.constantFrom('operator' as const, 'approver' as const, 'admin' as const),
      factor: fc.constant(true),
      approvals: fc.integer({ min: 1, max: 5 }),
      denials: fc.integer({ min: 1, max: 5 }),
      separationOfDuties: fc.boolean(),
      timeoutMs: fc.integer({ min: 1, max: DAY }),
    },
    { requiredKeys: ['level'] },
  )

  it('[PO3] another demand never makes it weaker, and the order does not matter', () =>
    fc.assert(
      fc.property(fc.array(demand, { minLength: 1, maxLength: 4 }), demand, (some, more) => {
        const before = combined(...some)
        const after = combined(...some, more)
        expect(approvalLevels.indexOf(after.level)).toBeGreaterThanOrEqual(
          approvalLevels.indexOf(before.level),
        )
        if (before.role === undefined) return
        expect(personRoles.indexOf(after.role ?? 'viewer')).toBeGreaterThanOrEqual(
          personRoles.indexOf(before.role),
        )
        expect(after.factor || !before.factor).toBe(true)
        expect(after.approvals).toBeGreaterThanOrEqual(before.approvals)
        expect(after.separationOfDuties === true || before.separationOfDuties !== true).toBe(true)
        const { rules: _, ...result } = after
        const { rules: __, ...turned } = combined(more, ...some.toReversed())
        expect(turned).toEqual(result)
      }),
    ))
})
