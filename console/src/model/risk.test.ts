import type { ApprovalView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { isGrave } from './risk.ts'

const view = { level: 'review', class: 'external_api' } as ApprovalView

it.each([
  [false, 'as it is', {}],
  [true, 'by its level', { level: 'admin_only' }],
  [true, 'by its class', { class: 'delete' }],
  [true, 'by its risk', { risk: 0.8 }],
  [
    true,
    '[AP9] because it may have run already',
    { begunBefore: { id: 'x', at: '2026-01-05T09:00:00.000Z' } },
  ],
] as const)('takes its target, typed: %s, %s', (expected, _why, more) =>
  expect(isGrave({ ...view, ...more })).toBe(expected),
)
