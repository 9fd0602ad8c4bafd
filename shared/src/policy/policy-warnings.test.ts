import { describe, expect, it } from 'vitest'
import { checkPolicy, placeOf } from './check-policy.ts'
import { builtInPolicy } from './defaults.ts'
import { policyWarnings } from './policy-warnings.ts'

const warnings = (document: unknown): readonly string[] => {
  const checked = checkPolicy(document)
  if (!checked.ok) throw new Error(checked.error.message)
  return policyWarnings(checked.value.policy).map((one) => `${placeOf(one)}: ${one.message}`)
}
const rule = (when: string) => ({ rules: [{ name: 'r', when }] })

describe('what a policy hardly means', () => {
  it('is nothing of the built-in one', () => expect(policyWarnings(builtInPolicy)).toEqual([]))

  it.each([
    'action == "paymnt"',
    '"paymnt" == action && risk > 0.5',
    'action in ["payment", "paymnt"]',
    'risk > 0.5 || (action == "send_email" || action == "paymnt")',
  ])('[PO3] is a rule about an action that nobody lists: %s', (when) =>
    expect(warnings(rule(when))).toEqual([
      'rules.0.when (rule "r"): the catalogue has no action "paymnt": correct the name, or list the action where agents do ask for it',
    ]),
  )

  it.each(['action == "payment"', 'action.startsWith("paymnt")', 'args.kind == "paymnt"'])(
    '[PO3] is not: %s',
    (when) => expect(warnings(rule(when))).toEqual([]),
  )

  it('[AP3] is a time-out that nobody could meet', () =>
    expect(
      warnings({
        catalogue: { payment: { timeoutMs: 300 } },
        levels: { review: { timeoutMs: '999ms' } },
        rules: [{ name: 'fast', when: 'true', timeoutMs: 30 }],
      }),
    ).toEqual([
      expect.stringContaining('levels.review.timeoutMs: 999 ms is too short'),
      expect.stringContaining('catalogue.payment.timeoutMs: 300 ms is too short'),
      expect.stringContaining('rules.0.timeoutMs (rule "fast"): 30 ms is too short'),
    ]))
})
