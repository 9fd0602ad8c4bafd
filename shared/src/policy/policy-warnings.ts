import { SECOND } from '../time.ts'
import { contradictionsIn } from './args-schema/contradictions.ts'
import type { ArgsSchema } from './args-schema/keywords.ts'
import type { PolicyProblem } from './check-policy.ts'
import { compiledOf } from './compiled.ts'
import type { Policy } from './schema.ts'

/** What a policy may say and hardly means: it can be activated all the same. */
export const policyWarnings = (policy: Policy): readonly PolicyProblem[] => [
  ...unknownActions(policy),
  ...impossibleRules(policy),
  ...idleRules(policy),
  ...impossibleArguments(policy),
  ...shortTimeouts(policy),
]

/** Nobody is hindered to ask for an action that is not listed; one that only a rule names is mostly a slip of the pen. */
const unknownActions = (policy: Policy): readonly PolicyProblem[] =>
  compiledOf(policy).rules.flatMap(({ rule, condition }) =>
    [...new Set(condition.actions)]
      .filter((action) => !Object.hasOwn(policy.catalogue, action))
      .map((action) => ({
        path: ['rules', policy.rules.indexOf(rule), 'when'],
        rule: rule.name,
        message: `the catalogue has no action "${action}": correct the name, or list the action where agents do ask for it`,
      })),
  )

const impossibleRules = (policy: Policy): readonly PolicyProblem[] =>
  compiledOf(policy).rules.flatMap(({ rule, condition: { contradiction } }) =>
    contradiction === undefined
      ? []
      : [
          {
            path: ['rules', policy.rules.indexOf(rule), 'when'],
            rule: rule.name,
            message: `this is never true: ${contradiction}; correct it, or write || where either is meant`,
          },
        ],
  )

/** Whatever it is true of, it changes nothing. */
const idleRules = ({ rules, levels }: Policy): readonly PolicyProblem[] =>
  rules.flatMap(({ name, when: _when, reason: _reason, level, ...asks }, at) => {
    const asksLevel = level !== undefined && levels[level].role !== undefined
    if (asksLevel || Object.values(asks).some((one) => one !== undefined)) return []
    const message =
      level === undefined
        ? 'it asks nothing: give it a level, a role, a factor or forbid, or leave it out'
        : `it asks nothing: nobody releases what is at level ${level}, and a rule makes nothing freer than it is`
    return [{ path: ['rules', at], rule: name, message }]
  })

const impossibleArguments = ({ catalogue, unlisted }: Policy): readonly PolicyProblem[] => [
  ...Object.entries(catalogue).flatMap(([name, { args }]) =>
    schemaWarnings(args, ['catalogue', name, 'args']),
  ),
  ...schemaWarnings(unlisted.args, ['unlisted', 'args']),
]

const schemaWarnings = (args: unknown, path: readonly string[]): readonly PolicyProblem[] =>
  contradictionsIn(args as ArgsSchema | undefined, path)

function shortTimeouts({ catalogue, unlisted, rules, levels }: Policy): readonly PolicyProblem[] {
  const all: readonly (PolicyProblem & { readonly timeoutMs?: number | undefined })[] = [
    ...Object.entries(levels).map(([name, { timeoutMs }]) => ({ ...at('levels', name), timeoutMs })),
    ...Object.entries(catalogue).map(([name, { timeoutMs }]) => ({ ...at('catalogue', name), timeoutMs })),
    { ...at('unlisted'), timeoutMs: unlisted.timeoutMs },
    ...rules.map(({ name, timeoutMs }, n) => ({ ...at('rules', n), rule: name, timeoutMs })),
  ]
  return all.flatMap(({ timeoutMs, ...problem }) =>
    timeoutMs === undefined || timeoutMs === 0 || timeoutMs >= SECOND
      ? []
      : [
          {
            ...problem,
            message: `${timeoutMs} ms is too short for a person: a number is in ms, so write "${timeoutMs}s" where seconds are meant`,
          },
        ],
  )
}

const at = (...path: readonly (string | number)[]): PolicyProblem => ({
  path: [...path, 'timeoutMs'],
  message: '',
})
