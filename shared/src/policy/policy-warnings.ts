import { SECOND } from '../time.ts'
import type { PolicyProblem } from './check-policy.ts'
import { compiledOf } from './compiled.ts'
import type { Policy } from './schema.ts'

/** What a policy may say and hardly means: it can be activated all the same. */
export const policyWarnings = (policy: Policy): readonly PolicyProblem[] => [
  ...unknownActions(policy),
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
