import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { personRoles } from '../roles.ts'
import { DAY, HOUR, MINUTE } from '../time.ts'
import { builtInPolicy } from './defaults.ts'
import { earnedLevel, evaluate } from './evaluate.ts'
import type { Policy } from './schema.ts'
import {
  type ActionClass,
  type ApprovalLevel,
  type AutonomyLevel,
  actionClasses,
  approvalLevels,
  autonomyLevels,
} from './words.ts'

/** A new agent's action, at one autonomy level. */
const judge = (policy: Policy, autonomy: AutonomyLevel, action: string) =>
  evaluate(policy, { action, args: {}, agent: { id: 'a', labels: {} }, autonomy, trust: 0.5, at: 0 })

/** What is expected of one action at one autonomy level: `go`, or the level that it asks for and for how long. */
type Cell = 'go' | readonly [ApprovalLevel, number]

const review: Cell = ['review', HOUR]
const required: Cell = ['required', DAY]
const money: Cell = ['required_2fa', 5 * MINUTE]
const admin: Cell = ['admin_only', DAY]
/** The catalogue's review and autonomy's required: the stricter level stands, and the shorter time-out (PO3). */
const both: Cell = ['required', HOUR]

/** SPEC's tables of AP and AU, combined by PO2 and PO3: each built-in action × restricted … autonomous. */
const table: Readonly<Record<string, readonly [ActionClass, Cell, Cell, Cell, Cell, Cell]>> = {
  read_file: ['read', review, 'go', 'go', 'go', 'go'],
  write_file: ['write', review, review, 'go', 'go', 'go'],
  api_call: ['external_api', review, review, review, both, review],
  send_email: ['external_api', required, required, required, required, required],
  payment: ['critical_system', money, money, money, money, money],
  delete_data: ['delete', admin, admin, admin, admin, admin],
  reformat_disk: ['execute', required, required, required, required, required],
}

const cells = Object.entries(table).flatMap(([action, [kind, ...row]]) =>
  row.map((expected, i) => ({ action, kind, autonomy: autonomyLevels[i] as AutonomyLevel, expected })),
)

const roles = {
  review: 'operator',
  required: 'approver',
  required_2fa: 'approver',
  admin_only: 'admin',
} as const

describe('the built-in policy', () => {
  it.each(cells)(
    '[PO2] [PO3] [PO5] $action of a $autonomy agent: $expected',
    ({ action, kind, autonomy, expected }) => {
      const verdict = judge(builtInPolicy, autonomy, action)
      expect(verdict).toMatchObject({ class: kind, policyVersion: 'built-in-1' })
      if (expected === 'go') {
        expect(verdict).toMatchObject({ kind: 'go', role: undefined, factor: false, timeoutMs: 0 })
        expect(['none', 'notify']).toContain(verdict.level)
      } else {
        const [level, timeoutMs] = expected
        const role = roles[level as keyof typeof roles]
        expect(verdict).toMatchObject({
          kind: 'ask',
          level,
          role,
          factor: level === 'required_2fa',
          timeoutMs,
        })
      }
    },
  )

  it.each(autonomyLevels)(
    '[AP1] what nobody listed asks at least an approver, also of a %s agent',
    (autonomy) => {
      for (const action of ['reformat_disk', 'toString', '__proto__', 'READ_FILE', ''])
        expect(judge(builtInPolicy, autonomy, action)).toMatchObject({
          kind: 'ask',
          level: 'required',
          role: 'approver',
        })
    },
  )

  it('[PO6] the answer names the rules that decided, and no weaker one', () => {
    const rules = (autonomy: AutonomyLevel, action: string) => judge(builtInPolicy, autonomy, action).rules
    expect(rules('standard', 'read_file')).toEqual(['catalogue:read_file'])
    expect(rules('restricted', 'read_file')).toEqual(['autonomy:restricted:read:needs_approval'])
    expect(rules('supervised', 'api_call')).toEqual(['catalogue:api_call'])
    expect(rules('trusted', 'api_call')).toEqual(['autonomy:trusted:external_api:in_neither_list'])
    expect(rules('autonomous', 'reformat_disk')).toEqual(['catalogue:unlisted'])
  })
})

describe('combining', () => {
  const policy = (level: ApprovalLevel, autonomy: Partial<Policy['autonomy']['standard']>): Policy => ({
    ...builtInPolicy,
    catalogue: { act: { level, class: 'analyze' } },
    autonomy: {
      ...builtInPolicy.autonomy,
      standard: { ...builtInPolicy.autonomy.standard, needsApproval: [], alone: [], ...autonomy },
    },
  })

  it.each(approvalLevels)(
    '[PO2] of a %s action, a class that it needs approval for asks at least review',
    (level) => {
      const verdict = judge(
        policy(level, { needsApproval: ['analyze'], alone: ['analyze'] }),
        'standard',
        'act',
      )
      const rank = Math.max(approvalLevels.indexOf(level), approvalLevels.indexOf('review'))
      expect(verdict).toMatchObject({ kind: 'ask', level: approvalLevels[rank] })
    },
  )

  it.each(approvalLevels)('[PO2] of a %s action, a class in neither list asks at least required', (level) => {
    const rank = Math.max(approvalLevels.indexOf(level), approvalLevels.indexOf('required'))
    expect(judge(policy(level, {}), 'standard', 'act')).toMatchObject({
      kind: 'ask',
      level: approvalLevels[rank],
    })
  })

  it.each(approvalLevels)('[PO2] a forbidden class is forbidden, also for a %s action', (level) => {
    const verdict = judge(policy(level, { forbidden: ['analyze'], alone: ['analyze'] }), 'standard', 'act')
    expect(verdict).toMatchObject({ kind: 'forbidden', rules: ['autonomy:standard:analyze:forbidden'] })
    expect(judge(policy(level, { forbidden: ['*'] }), 'standard', 'act').kind).toBe('forbidden')
  })

  it('[PO3] highest role, a factor if any asks, shortest time-out, also where one demand has each', () => {
    const weak = { role: 'approver', factor: false, timeoutMs: 9 } as const
    const strong = { role: 'admin', factor: true, timeoutMs: 7 } as const
    for (const [review, required] of [
      [weak, strong],
      [strong, weak],
    ] as const) {
      const levels = { ...builtInPolicy.levels, review, required }
      const verdict = judge({ ...policy('review', {}), levels }, 'standard', 'act')
      expect(verdict).toMatchObject({ level: 'required', ...strong })
    }
  })

  it('[PO3] trust never lowers what the catalogue demands, whatever the lists say', () => {
    const classes = fc.subarray(['*', ...actionClasses] as const)
    fc.assert(
      fc.property(
        fc.constantFrom(...approvalLevels),
        fc.constantFrom(...actionClasses),
        fc.constantFrom(...autonomyLevels),
        fc.record({ needsApproval: classes, alone: classes }),
        (level, kind, autonomy, lists) => {
          const rule = { ...builtInPolicy.autonomy[autonomy], ...lists }
          const given: Policy = {
            ...builtInPolicy,
            catalogue: { act: { level, class: kind } },
            autonomy: { ...builtInPolicy.autonomy, [autonomy]: rule },
          }
          const verdict = judge(given, autonomy, 'act')
          const demanded = builtInPolicy.levels[level]
          expect(approvalLevels.indexOf(verdict.level)).toBeGreaterThanOrEqual(approvalLevels.indexOf(level))
          if (!demanded.role) return
          expect(verdict.kind).toBe('ask')
          expect(personRoles.indexOf(verdict.role ?? 'viewer')).toBeGreaterThanOrEqual(
            personRoles.indexOf(demanded.role),
          )
          expect(verdict.factor || !demanded.factor).toBe(true)
          expect(verdict.timeoutMs).toBeGreaterThan(0)
          expect(verdict.timeoutMs).toBeLessThanOrEqual(demanded.timeoutMs)
        },
      ),
    )
  })
})

describe('the level that trust has earned', () => {
  it.each<[number, AutonomyLevel]>([
    [0, 'restricted'],
    [0.299_999, 'restricted'],
    [0.3, 'supervised'],
    [0.5, 'supervised'],
    [0.6, 'standard'],
    [0.666_2, 'standard'],
    [0.8, 'trusted'],
    [0.949_999, 'trusted'],
    [0.95, 'autonomous'],
    [1, 'autonomous'],
  ])('[AU1] trust %d: %s', (trust, level) => expect(earnedLevel(builtInPolicy, trust)).toBe(level))
})

it('[PO6] the built-in policy is data: it survives a trip through JSON', () =>
  expect(JSON.parse(JSON.stringify(builtInPolicy))).toEqual(builtInPolicy))
