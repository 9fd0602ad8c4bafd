import { expect, it } from 'vitest'
import { differenceOf, type Judgement } from './compare.ts'

const ask = (more: Partial<Judgement> = {}): Judgement => ({
  verdict: 'ask',
  level: 'required',
  factor: false,
  approvals: 1,
  ...more,
})
const go: Judgement = { verdict: 'go', level: 'none', factor: false, approvals: 1 }
const forbidden: Judgement = { ...go, verdict: 'forbidden' }

it.each([
  [ask(), ask(), 'same'],
  [go, ask(), 'stricter'],
  [ask(), go, 'weaker'],
  [ask({ level: 'admin_only' }), forbidden, 'stricter'],
  [forbidden, ask(), 'weaker'],
  [ask(), ask({ level: 'admin_only' }), 'stricter'],
  [ask(), ask({ approvals: 2 }), 'stricter'],
  [ask({ factor: true }), ask(), 'weaker'],
  [ask({ factor: true }), ask({ level: 'admin_only' }), 'other'],
  [go, { ...go, level: 'notify' }, 'other'],
  [forbidden, { ...forbidden, approvals: 2 }, 'same'],
] as const)('[PO6] %j and then %j: %s', (decided, candidate, difference) =>
  expect(differenceOf(decided, candidate)).toBe(difference),
)
