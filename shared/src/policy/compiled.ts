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

function compile(policy: Policy): CompiledPolicy {
  const mistakes: Misfit[] = []
  const rules = policy.rules.flatMap((rule, at) => {
    const condition = compileCondition(rule.when)
    if (condition.ok) return [{ rule, condition: condition.value }]
    const offset = Number(condition.error.details?.offset)
    mistakes.push({
      path: ['rules', at, 'when'],
      message: `${condition.error.message} (at character ${offset + 1})`,
      offset,
    })
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
