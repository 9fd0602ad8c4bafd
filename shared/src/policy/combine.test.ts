import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PersonRole, personRoles } from '../roles.ts'
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

  it.each([
    [{ approvals: 2 }, { level: 'review', role: 'operator', approvals: 2, timeoutMs: HOUR }],
    [{ factor: true }, { level: 'required_2fa', role: 'approver', factor: true, timeoutMs: 5 * MINUTE }],
    [{ separationOfDuties: true }, { level: 'review', role: 'operator', separationOfDuties: true }],
    [{ role: 'approver' }, { level: 'required', role: 'approver', timeoutMs: DAY }],
    [
      { role: 'admin', timeoutMs: MINUTE },
      { level: 'admin_only', role: 'admin', timeoutMs: MINUTE },
    ],
  ] as const)(
    '[PO3] what names who releases it asks for them, at a level that asks nobody: %j',
    (named, asks) => {
      expect(combined({ level: 'notify', ...named })).toMatchObject({ ...asks, rules: ['0'] })
      expect(combined({ level: 'none', ...named }, { level: 'notify' })).toMatchObject(asks)
    },
  )

  it('[PO3] and shortens nothing where a level asks for somebody', () =>
    expect(combined({ level: 'notify', approvals: 2 }, { level: 'required' })).toMatchObject({
      level: 'required',
      approvals: 2,
      timeoutMs: DAY,
    }))

  it('[PO3] how somebody would be asked asks for nobody, and counts where somebody is', () => {
    const how = { level: 'notify', timeoutMs: MINUTE, denials: 2, separationOfDuties: false } as const
    expect(combined(how)).toMatchObject({ role: undefined, timeoutMs: 0 })
    expect(combined(how, { floor: 'review' })).toMatchObject({
      level: 'review',
      timeoutMs: MINUTE,
      denials: 2,
    })
  })

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
        const rank = (role: PersonRole | undefined) => (role === undefined ? -1 : personRoles.indexOf(role))
        const every = [...some, more]
        // of each single demand too: that all of them fall at once would be nothing that `before` could tell
        for (const one of every) {
          expect(rank(after.role)).toBeGreaterThanOrEqual(rank(one.role))
          expect(after.factor || !one.factor).toBe(true)
          expect(after.approvals).toBeGreaterThanOrEqual(one.approvals ?? 1)
          expect(after.separationOfDuties === true || one.separationOfDuties !== true).toBe(true)
        }
        expect(rank(after.role)).toBeGreaterThanOrEqual(rank(before.role))
        expect(after.factor || !before.factor).toBe(true)
        expect(after.approvals).toBeGreaterThanOrEqual(before.approvals)
        expect(after.separationOfDuties === true || before.separationOfDuties !== true).toBe(true)
        // whoever is asked has some time, and all that is asked for stands only where somebody is asked
        expect(after.timeoutMs > 0).toBe(after.role !== undefined)
        const { rules: _, ...result } = after
        const { rules: __, ...turned } = combined(more, ...some.toReversed())
        expect(turned).toEqual(result)
      }),
    ))
})
