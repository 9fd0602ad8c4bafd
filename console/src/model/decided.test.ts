import type { ApprovalView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { type DecisionKind, decided } from './decided.ts'

const at = '2026-01-01T00:00:00.000Z'
const view = (more: object) =>
  ({ action: 'payment', agent: 'payer', status: 'pending', ...more }) as unknown as ApprovalView
const needs = { approvals: 3, denials: 2 }

describe('what is said of a decision', () => {
  it.each<[DecisionKind, object, RegExp]>([
    ['approve', { status: 'approved' }, /^payment by payer approved$/],
    ['edit', { status: 'approved' }, /with your edits$/],
    ['deny', { status: 'denied' }, /^payment by payer denied$/],
    ['respond', { status: 'denied' }, /^payer told instead$/],
    ['approve', { needs, signatures: [{ by: 'ana', at }] }, /signed; it waits for 2 more$/],
    [
      'deny',
      { needs, objections: [{ by: 'ana', at, reason: 'no' }] },
      /counts, 1 of 2 denials: it still waits$/,
    ],
    [
      'respond',
      { needs, objections: [{ by: 'ana', at, reason: 'no' }] },
      /1 of 2 denials: it still waits, and payer is not told yet$/,
    ],
  ])('[AP5] %s, answered with %j', (kind, answer, words) => {
    expect(decided(kind, view(answer))).toMatch(words)
  })
})
