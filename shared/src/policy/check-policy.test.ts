import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../time.ts'
import { checkPolicy, type PolicyProblem, policyDigest } from './check-policy.ts'
import { builtInPolicy } from './defaults.ts'

const accepted = (document: unknown) => {
  const checked = checkPolicy(document)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  return checked.value
}
const problemsOf = (document: unknown): readonly (readonly [string, string])[] => {
  const checked = checkPolicy(document)
  if (checked.ok) throw new Error('it was accepted')
  const { problems } = checked.error.details as { readonly problems: readonly PolicyProblem[] }
  return problems.map(({ path, message }) => [path.join('.'), message])
}

describe('a policy document', () => {
  it('[PO6] is laid over the built-in policy: what it leaves out is as that says', () => {
    const { policy } = accepted({
      version: 'v2',
      catalogue: {
        payment: { approvals: 2, timeoutMs: '10m' },
        deploy: { level: 'review' },
      },
      autonomy: { trusted: { confirmPromotion: false } },
      escalation: { priorities: { smoke: 1 } },
    })
    expect(policy).toEqual({
      ...builtInPolicy,
      version: 'v2',
      catalogue: {
        ...builtInPolicy.catalogue,
        payment: { ...builtInPolicy.catalogue.payment, approvals: 2, timeoutMs: 10 * MINUTE },
        deploy: { level: 'review', class: 'execute' },
      },
      autonomy: {
        ...builtInPolicy.autonomy,
        trusted: { ...builtInPolicy.autonomy.trusted, confirmPromotion: false },
      },
      escalation: {
        ...builtInPolicy.escalation,
        priorities: { ...builtInPolicy.escalation.priorities, smoke: 1 },
      },
    })
  })

  it('[PO6] a whole policy is accepted as it is, and the same digest is the same judgement', () => {
    expect(accepted(builtInPolicy).policy).toEqual(builtInPolicy)
    const written = accepted({ version: 'v', denials: { rememberMs: '1h' } })
    expect(written.digest).toBe(accepted({ denials: { rememberMs: HOUR }, version: 'v' }).digest)
    expect(written.digest).toBe(policyDigest(written.policy))
    expect(written.digest).not.toBe(accepted({ version: 'v', denials: { rememberMs: '2h' } }).digest)
  })

  it('[ES2] a schedule that does not exist is reported, whether others do or the policy has none at all', () => {
    const escalationPolicies = { urgent: { steps: [{ notify: [{ schedule: 'prim' }] }] } }
    const timeZone = 'Europe/Berlin'
    const rotation = {
      participants: ['ana'],
      shiftDays: 1,
      handOver: { time: '09:00' },
      startsOn: '2026-01-05',
    }
    const schedules = { primary: { timeZone, rotations: [{ name: 'days', ...rotation }] } }
    const reported = [['escalationPolicies.urgent.steps.0.notify.0', 'there is no schedule "prim"']]
    expect(problemsOf({ escalationPolicies })).toEqual(reported)
    expect(problemsOf({ escalationPolicies, schedules: {} })).toEqual(reported)
    expect(problemsOf({ escalationPolicies, schedules })).toEqual(reported)
  })

  it('[ES2] the built-in schedule may be missing only where the built-in escalation policy names it', () => {
    const steps = (...notify: readonly object[]) => ({ steps: [{ notify }] })
    const primary = 'there is no schedule "primary"'
    expect(problemsOf({ escalationPolicies: { mine: steps({ schedule: 'primary' }) } })).toEqual([
      ['escalationPolicies.mine.steps.0.notify.0', primary],
    ])
    expect(
      problemsOf({ escalationPolicies: { on_call: steps({ team: 'ops' }, { schedule: 'primary' }) } }),
    ).toEqual([['escalationPolicies.on_call.steps.0.notify.1', primary]])
  })

  it('[ES2] channels and escalation policies are missed where the policy has no such section', () => {
    const escalationPolicies = { mine: { steps: [{ notify: [{ channel: 'hook' }] }] } }
    expect(problemsOf({ escalationPolicies })).toEqual([
      ['escalationPolicies.mine.steps.0.notify.0', 'there is no channel "hook"'],
    ])
    expect(
      problemsOf({
        paging: { byPriority: { 1: 'nobody' }, approvals: 'none' },
        catalogue: { deploy: { escalation: 'late' } },
      }),
    ).toEqual([
      ['paging.byPriority.1', 'there is no escalation policy "nobody"'],
      ['paging.approvals', 'there is no escalation policy "none"'],
      ['catalogue.deploy.escalation', 'there is no escalation policy "late"'],
    ])
  })

  it('[AP9] a release can be begun for 24 hours at most, and for no longer than the policy’s own bound', () => {
    expect(problemsOf({ release: { useByMs: '25h', maxUseByMs: '24h' } })).toEqual([
      ['release.useByMs', 'must be no more than maxUseByMs'],
    ])
    expect(problemsOf({ release: { maxUseByMs: '25h' } })).toEqual([
      ['release.maxUseByMs', 'must be 24h at most'],
    ])
    expect(accepted({ release: { useByMs: '24h' } }).policy.release.useByMs).toBe(24 * HOUR)
  })

  it('[PO6] without a version it is named by what it says', () => {
    const version = (document: object) => accepted(document).policy.version
    expect(version({})).toMatch(/^[0-9a-f]{12}$/)
    expect(version({ caps: { orders: 7 } })).not.toBe(version({}))
  })

  it.each<[string, unknown, readonly (readonly [string, string])[]]>([
    ['an unknown section', { catalog: {} }, [['catalog', 'there is no "catalog" here']]],
    [
      'an unknown field of an entry',
      { catalogue: { payment: { levle: 'none' } } },
      [['catalogue.payment.levle', 'there is no "levle" here']],
    ],
    [
      'a wrong duration',
      { denials: { rememberMs: 'an hour' } },
      [['denials.rememberMs', expect.any(String)]],
    ],
    ['a text for a section', { trust: 'high' }, [['trust', expect.any(String)]]],
    ['no document', 'none', [['', expect.any(String)]]],
    [
      'thresholds out of order',
      { autonomy: { standard: { fromTrust: 0.1 } } },
      [['autonomy.standard.fromTrust', 'must not be below that of supervised, the level before it']],
    ],
    [
      'a level that would release money without a factor',
      { levels: { required_2fa: { factor: false } } },
      [['levels.required_2fa.factor', expect.any(String)]],
    ],
    [
      'a level that nobody must release',
      { levels: { review: { timeoutMs: 0 } } },
      [['levels.review.timeoutMs', expect.any(String)]],
    ],
    [
      'a key that would be dropped',
      JSON.parse('{"catalogue":{"__proto__":{"level":"none"}}}'),
      [['catalogue', 'A key named __proto__ is refused. It is at /catalogue.']],
    ],
    [
      'a rule that names what there is not',
      { rules: [{ name: 'r', when: 'actoin == "x"' }] },
      [['rules.0.when', 'Unknown variable: actoin (at character 1)']],
    ],
    [
      'a rule that gives no answer of yes or no',
      { rules: [{ name: 'r', when: 'risk' }] },
      [['rules.0.when', 'a rule asks yes or no, and this gives a double (at character 1)']],
    ],
    [
      'two rules of one name',
      {
        rules: [
          { name: 'r', when: 'true' },
          { name: 'r', when: 'false' },
        ],
      },
      [['rules.1.name', 'there are two rules named "r"']],
    ],
    [
      'a schema with a reference',
      { catalogue: { deploy: { args: { properties: { x: { $ref: '#' } } } } } },
      [['catalogue.deploy.args.properties.x.$ref', '"$ref" is not supported here']],
    ],
    [
      'a schema with a pattern that is none',
      { catalogue: { deploy: { args: { properties: { x: { pattern: '(' } } } } } },
      [['catalogue.deploy.args.properties.x.pattern', expect.stringContaining('no regular expression')]],
    ],
    [
      'a wrong word and a wrong condition at once',
      { catalogue: { payment: { level: 'hgih' } }, rules: [{ name: 'r', when: 'actoin == "x"' }] },
      [
        [
          'catalogue.payment.level',
          'must be one of none, notify, review, required, required_2fa, admin_only',
        ],
        ['rules.0.when', 'Unknown variable: actoin (at character 1)'],
      ],
    ],
    [
      'two mistakes',
      { trust: { initial: 2 }, denials: { rememberMs: 0 } },
      [
        ['trust.initial', expect.any(String)],
        ['denials.rememberMs', expect.any(String)],
      ],
    ],
  ])('[PO6] is refused whole for %s, by name and place', (_, document, problems) =>
    expect(problemsOf(document)).toEqual(problems),
  )

  it('[PO6] names the rule that a mistake is in, beside its place', () => {
    const checked = checkPolicy({ rules: [{ name: 'refunds', when: 'risk', levle: 'none' }] })
    expect(checked).toMatchObject({
      error: {
        message:
          'The policy was not accepted: rules.0.levle (rule "refunds"): there is no "levle" here, and 1 more.',
        details: { problems: [{ rule: 'refunds' }, { rule: 'refunds' }] },
      },
    })
  })
})
