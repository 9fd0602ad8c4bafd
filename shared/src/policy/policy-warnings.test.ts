import { describe, expect, it } from 'vitest'
import { checkPolicy, placeOf } from './check-policy.ts'
import { builtInPolicy } from './defaults.ts'
import { policyWarnings } from './policy-warnings.ts'

const warnings = (document: unknown): readonly string[] => {
  const checked = checkPolicy(document)
  if (!checked.ok) throw new Error(checked.error.message)
  return policyWarnings(checked.value.policy).map((one) => `${placeOf(one)}: ${one.message}`)
}
const rule = (when: string) => ({ rules: [{ name: 'r', when, level: 'required' }] })

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

  it.each([
    ['action == "payment" && action == "send_email"', '"action" can\'t be all that it asks at once'],
    ['"payment" == action && action in ["send_email", "api_call"]', '"action" can\'t be all'],
    ['args.to == "a" && (risk > 0.5 && args.to == "b")', '"args.to" can\'t be all'],
    ['risk > 0.8 && risk < 0.2', '"risk" can\'t be above 0.8 and below 0.2 at once'],
    ['risk > 1', '"risk" lies between 0 and 1'],
    ['1.5 <= confidence', '"confidence" lies between 0 and 1'],
    ['args.n >= 5 && args.n == 3', '"args.n" can\'t be all'],
    ['args.n > 5 && args.n <= 5', '"args.n" can\'t be above 5 and below 5'],
    ['trust == 2.0', '"trust" can\'t be all'],
    ['false || (action == "payment" && action == "api_call")', 'it says false'],
  ])('[PO3] is a rule that is true of nothing: %s', (when, why) =>
    expect(warnings(rule(when))).toEqual([
      expect.stringContaining(`rules.0.when (rule "r"): this is never true: ${why}`),
    ]),
  )

  it.each([
    'action == "payment" || action == "send_email"',
    'action == "payment" && !(action == "send_email")',
    'action in ["payment", "send_email"] && action == "payment"',
    'args.a == "x" && args.b == "y"',
    'args.tags.exists(t, t == "a") && args.tags.exists(t, t == "b")',
    'risk >= 1 && risk <= 1',
    'risk > 0.2 && risk < 0.8',
    'args.n >= 5 && args.n <= 5',
    'args.n > -1 && args.n < 1.5 && args.n == 1',
    'true',
  ])('[PO3] is not: %s', (when) => expect(warnings(rule(when))).toEqual([]))

  it('[PO3] is a rule that asks nothing', () =>
    expect(
      warnings({
        rules: [
          { name: 'why', when: 'true', reason: 'because' },
          { name: 'free', when: 'risk < 0.1', level: 'notify' },
          { name: 'owner', when: 'true', separationOfDuties: false },
          { name: 'two', when: 'true', level: 'none', approvals: 2 },
        ],
      }),
    ).toEqual([
      expect.stringMatching(/^rules.0 \(rule "why"\): it asks nothing: give it a level/),
      expect.stringMatching(
        /^rules.1 \(rule "free"\): it asks nothing: nobody releases what is at level notify/,
      ),
    ]))

  const args = (schema: object) => warnings({ catalogue: { payment: { args: schema } } })
  it.each([
    [
      { type: 'string', minLength: 9, maxLength: 5 },
      'minLength',
      'nothing fits both "minLength": 9 and "maxLength": 5',
    ],
    [{ minimum: 1, exclusiveMaximum: 1 }, 'minimum', 'nothing fits both'],
    [{ exclusiveMinimum: 1, maximum: 1 }, 'exclusiveMinimum', 'nothing fits both'],
    [{ type: 'array', minItems: 2, maxItems: 1 }, 'minItems', 'nothing fits both'],
    [{ required: ['to'], additionalProperties: false }, 'required', '"to" must be there and may not be'],
    [{ required: ['to'], properties: { to: false } }, 'required', '"to" must be there and may not be'],
    [{ required: ['a', 'b'], maxProperties: 1 }, 'required', 'more than the 1 that'],
    [
      { type: 'integer', maxLength: 5 },
      'maxLength',
      'asks nothing where the type is integer: it is about a text',
    ],
    [{ type: ['string', 'null'], minimum: 1 }, 'minimum', 'asks nothing where the type is string or null'],
  ])('[PO] are arguments that can not be: %j', (schema, where, why) => {
    const inner = { type: 'object', properties: { x: { anyOf: [{ items: schema }] } } }
    expect(args(inner)).toEqual([
      expect.stringContaining(`catalogue.payment.args.properties.x.anyOf.0.items.${where}: `),
    ])
    expect(args(inner)[0]).toContain(why)
  })
  it.each([
    { type: 'string', minLength: 5, maxLength: 5 },
    { minimum: 1, maximum: 1 },
    { exclusiveMinimum: 0, exclusiveMaximum: 1 },
    { required: ['to'], properties: { to: {} }, additionalProperties: false },
    { required: ['to'], additionalProperties: { type: 'string' } },
    { type: ['integer', 'string'], maxLength: 5, maximum: 9 },
    { not: { minLength: 2, maxLength: 1 } },
  ])('[PO] are not: %j', (schema) => expect(args(schema)).toEqual([]))

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
