import type { ApprovalView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { approvalOutcome } from './outcomes.ts'

const at = '2026-01-31T12:00:00.000Z'
const released = (...factors: ('totp' | undefined)[]) =>
  approvalOutcome({
    status: 'approved',
    decidedBy: 'ana',
    stages: { decided: { at } },
    signatures: factors.map((factor, index) => ({ by: `p${index}`, at, factor })),
  } as unknown as ApprovalView)

it('[AP5] a release is told as one with a second factor only where each who signed gave one', () => {
  expect(released('totp')?.how).toBe('with a second factor')
  expect(released('totp', 'totp')?.how).toBe('with a second factor')
  expect(released('totp', undefined)?.how).toBeUndefined()
  expect(released()?.how).toBeUndefined()
})
