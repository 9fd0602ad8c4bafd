import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE } from '../time.ts'
import { checkPolicy } from './check-policy.ts'
import { evaluate } from './evaluate.ts'
import type { Inquiry } from './inquiry.ts'
import type { Policy } from './schema.ts'
import { approvalLevels } from './words.ts'

const policyOf = (document: object): Policy => {
  const checked = checkPolicy({ version: 'test', ...document })
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  return checked.value.policy
}
const asked = (action: string, args: unknown, more: Partial<Inquiry> = {}): Inquiry => ({
  action,
  args,
  agent: { id: 'a', labels: {} },
  autonomy: 'standard',
  trust: 0.7,
  at: 0,
  ...more,
})

const policy = policyOf({
  catalogue: { read_file: { level: 'none', class: 'read' }, pay: { level: 'required', class: 'read' } },
  rules: [
    { name: 'secrets', when: 'args.path.startsWith("/etc")', level: 'admin_only' },
    {
      name: 'large',
      when: 'action == "pay" && args.amount > 100',
      approvals: 2,
      timeoutMs: '10m',
      factor: true,
    },
    { name: 'huge', when: 'action == "pay" && args.amount > 1000', forbid: true, reason: 'Ask treasury.' },
    { name: 'unsure', when: 'has(request.confidence) && confidence < 0.5', role: 'approver' },
  ],
})

describe('rules', () => {
  it('[PO3] [PO6] one that matches asks beside the catalogue, and the answer names it', () => {
    expect(evaluate(policy, asked('read_file', { path: '/tmp/x' }))).toMatchObject({
      kind: 'go',
      rules: ['catalogue:read_file'],
    })
    expect(evaluate(policy, asked('read_file', { path: '/etc/passwd' }))).toMatchObject({
      kind: 'ask',
      level: 'admin_only',
      role: 'admin',
      rules: ['rule:secrets'],
    })
    expect(evaluate(policy, asked('pay', { path: '', amount: 500 }))).toMatchObject({
      kind: 'ask',
      level: 'required_2fa',
      role: 'approver',
      factor: true,
      approvals: 2,
      timeoutMs: 10 * MINUTE,
      rules: ['rule:large'],
      policyVersion: 'test',
    })
  })

  it('[PO3] one that names a role and no level asks for the level that holds it', () =>
    expect(evaluate(policy, asked('read_file', { path: 'x' }, { confidence: 0.2 }))).toMatchObject({
      kind: 'ask',
      level: 'required',
      role: 'approver',
      rules: ['rule:unsure'],
    }))

  it('[PO2] one that forbids is named, with its reason', () =>
    expect(evaluate(policy, asked('pay', { path: '', amount: 5_000 }))).toMatchObject({
      kind: 'forbidden',
      rules: ['rule:huge'],
      reason: 'Ask treasury.',
    }))

  it('[PO3] one that fails to evaluate makes the action required, and says so', () => {
    const asking = policyOf({
      catalogue: { read_file: { level: 'none', class: 'read' } },
      rules: [{ name: 'private', when: 'args.path.startsWith("/home")', level: 'review' }],
    })
    expect(evaluate(asking, asked('read_file', {}))).toMatchObject({
      kind: 'ask',
      level: 'required',
      role: 'approver',
      factor: false,
      approvals: 1,
      rules: ['rule:private:failed: there is no "path"'],
    })
  })

  it('[PO3] one that fails keeps what it asks beyond required: nobody gets around it by odd arguments', () => {
    const failing = (demand: object) =>
      evaluate(
        policyOf({
          catalogue: { pay: { level: 'none', class: 'read' } },
          rules: [{ name: 'r', when: 'args.amount > 100', ...demand }],
        }),
        asked('pay', { amount: 'all of it' }),
      )
    expect(failing({ level: 'admin_only' })).toMatchObject({ level: 'required', role: 'admin' })
    expect(failing({ level: 'required_2fa' })).toMatchObject({
      level: 'required',
      role: 'approver',
      factor: true,
      timeoutMs: 5 * MINUTE,
    })
    expect(failing({ factor: true, approvals: 2, denials: 1, timeoutMs: '10m' })).toMatchObject({
      level: 'required',
      factor: true,
      approvals: 2,
      timeoutMs: 10 * MINUTE,
    })
    expect(failing({ role: 'admin', separationOfDuties: true })).toMatchObject({
      level: 'required',
      role: 'admin',
      separationOfDuties: true,
    })
    // it can't be told whether it would be forbidden: who may do anything has to look
    expect(failing({ forbid: true })).toMatchObject({ kind: 'ask', level: 'required', role: 'admin' })
    expect(failing({ level: 'notify' })).toMatchObject({ level: 'required', role: 'approver' })
  })

  it('[PO3] where the arguments are not at hand, what looks at them fails and so asks', () =>
    expect(evaluate(policy, asked('read_file', undefined))).toMatchObject({
      kind: 'ask',
      rules: ['rule:secrets:failed: the arguments are not at hand'],
    }))

  it('[PO3] one that takes too many steps asks, and so do those after it', () => {
    const slow = policyOf({
      rules: [
        { name: 'slow', when: 'args.a.all(x, args.a.all(y, x == y))', level: 'notify' },
        { name: 'after', when: 'trust > 2.0', level: 'notify' },
      ],
    })
    const verdict = evaluate(slow, asked('read_file', { a: Array.from({ length: 30_000 }, () => 1) }))
    expect(verdict).toMatchObject({ kind: 'ask', level: 'required' })
    expect(verdict.rules).toEqual([
      'rule:slow:failed: it took more steps than one request may cost',
      'rule:after:failed: it took more steps than one request may cost',
    ])
  })

  it('[PO3] no rule ever makes anything weaker than the policy without it', () => {
    const rule = fc.record(
      {
        name: fc.constant('r'),
        when: fc.constantFrom('true', 'false', 'args.x > 1', 'trust > 0.5', 'action == "payment"'),
        level: fc.constantFrom(...approvalLevels),
        role: fc.constantFrom('viewer', 'operator', 'approver', 'admin'),
        factor: fc.constant(true),
        approvals: fc.integer({ min: 1, max: 3 }),
        forbid: fc.constant(true),
      },
      { requiredKeys: ['name', 'when'] },
    )
    fc.assert(
      fc.property(
        rule,
        fc.constantFrom('read_file', 'write_file', 'api_call', 'payment', 'delete_data', 'other'),
        fc.constantFrom({}, { x: 1 }, { x: 2 }),
        (one, action, args) => {
          const without = evaluate(policyOf({}), asked(action, args))
          const verdict = evaluate(policyOf({ rules: [one] }), asked(action, args))
          const rank = { go: 0, ask: 1, forbidden: 2 }
          expect(rank[verdict.kind]).toBeGreaterThanOrEqual(rank[without.kind])
          expect(approvalLevels.indexOf(verdict.level)).toBeGreaterThanOrEqual(
            approvalLevels.indexOf(without.level),
          )
          expect(verdict.factor || !without.factor).toBe(true)
          expect(verdict.approvals).toBeGreaterThanOrEqual(without.approvals)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a schema of arguments', () => {
  const strict = policyOf({
    catalogue: { read_file: { args: { type: 'object', required: ['path'] } } },
  })

  it('[PO2] what does not fit is forbidden, with its place', () => {
    expect(evaluate(strict, asked('read_file', { path: 'x' })).kind).toBe('go')
    expect(evaluate(strict, asked('read_file', {}))).toMatchObject({
      kind: 'forbidden',
      misfit: { path: ['path'], message: 'is missing' },
      rules: ['catalogue:read_file:args'],
    })
    expect(evaluate(strict, asked('read_file', undefined)).kind).toBe('forbidden')
  })
})
