import type { Refusal } from '../errors.ts'
import { type ArgsCheck, compileArgsSchema } from './args-schema/compile.ts'
import type { Misfit } from './args-schema/validate.ts'
import { type Condition, compileCondition } from './cel/compile.ts'
import type { Policy } from './schema.ts'
import type { CatalogueEntry } from './sections/catalogue.ts'
import type { Rule } from './sections/rules.ts'

/** What of a policy has to be compiled before it can judge. */
export interface CompiledPolicy {
  readonly rules: readonly { readonly rule: Rule; readonly condition: Condition }[]
  /** By the catalogue entry that asks for it. */
  readonly args: ReadonlyMap<CatalogueEntry, ArgsCheck>
  /** What could not be compiled; a policy with mistakes is never activated, and judges nothing. */
  readonly mistakes: readonly Misfit[]
}

const compiled = new WeakMap<Policy, CompiledPolicy>()

/** Compiled once per policy object: a policy is never written to. */
export function compiledOf(policy: Policy): CompiledPolicy {
  const known = compiled.get(policy)
  if (known) return known
  const fresh = compile(policy)
  compiled.set(policy, fresh)
  return fresh
}

/** What is wrong with a rule's condition, if anything. `at`: the rule's place in the list. */
export function conditionMistake(when: string, at: number): Misfit | undefined {
  const condition = compileCondition(when)
  return condition.ok ? undefined : mistakeIn(condition.error, at)
}

function mistakeIn({ message, details }: Refusal, at: number): Misfit {
  const offset = Number(details?.offset)
  return { path: ['rules', at, 'when'], message: `${message} (at character ${offset + 1})`, offset }
}

function compile(policy: Policy): CompiledPolicy {
  const mistakes: Misfit[] = []
  const rules = policy.rules.flatMap((rule, at) => {
    const condition = compileCondition(rule.when)
    if (condition.ok) return [{ rule, condition: condition.value }]
    mistakes.push(mistakeIn(condition.error, at))
    return []
  })
  const entries = [
    ...Object.entries(policy.catalogue).map(([action, entry]) => ({ path: ['catalogue', action], entry })),
    { path: ['unlisted'], entry: policy.unlisted },
  ]
  const args = new Map<CatalogueEntry, ArgsCheck>()
  for (const { path, entry } of entries) {
    if (!entry.args) continue
    const check = compileArgsSchema(entry.args)
    if (check.ok) args.set(entry, check.value)
    else {
      const { mistakes: own } = check.error.details as { readonly mistakes: readonly Misfit[] }
      mistakes.push(...own.map((one) => ({ ...one, path: [...path, 'args', ...one.path] })))
    }
  }
  return { rules, args, mistakes }
}
