import { refused } from './errors.ts'
import { isSelfOrChild } from './ids.ts'
import { ok, type Result } from './result.ts'

/** Whom an intervention or an order is for (AG7): one agent (with its children), a label selector, or all. */
export type Target =
  | { readonly agent: string; readonly children?: boolean | undefined }
  | { readonly labels: string }
  | { readonly all: true }

/** What is matched against a target: ids and labels come from the token, never from a message (ID2). */
export interface Matchable {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
}

interface Term {
  readonly key: string
  readonly value: string
  readonly negated: boolean
}

/** A label's key or value. Plain enough that a selector needs no quoting. */
export const LABEL_PATTERN = /^[A-Za-z0-9._/-]{1,63}$/

/** Reads `team=payments,env!=prod`: terms joined by commas, all must hold. Errors: `invalid`, naming the term. */
export function parseSelector(text: string): Result<readonly Term[]> {
  const terms: Term[] = []
  for (const part of text.split(',')) {
    const trimmed = part.trim()
    const negated = trimmed.includes('!=')
    const [key = '', value = '', ...more] = trimmed.split(negated ? '!=' : '=').map((side) => side.trim())
    if (more.length > 0 || !LABEL_PATTERN.test(key) || !LABEL_PATTERN.test(value))
      return refused(
        'invalid',
        `"${trimmed}" is not a label term; write key=value or key!=value, joined by commas.`,
      )
    terms.push({ key, value, negated })
  }
  return ok(terms)
}

/** True when the target covers the agent. A selector that does not parse covers nobody; it is refused on entry. */
export function matches(target: Target, agent: Matchable): boolean {
  if ('all' in target) return true
  if ('agent' in target)
    return target.children ? isSelfOrChild(agent.id, target.agent) : agent.id === target.agent
  const terms = parseSelector(target.labels)
  if (!terms.ok) return false
  return terms.value.every((term) => {
    const own = Object.hasOwn(agent.labels, term.key) ? agent.labels[term.key] : undefined
    return (own === term.value) !== term.negated
  })
}
