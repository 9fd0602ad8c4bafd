import type { Misfit } from './args-schema/validate.ts'

interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

/** A schema's issue as problems; an unknown key is one of its own, where it stands. */
export function problemsOf(issue: Issue): readonly Misfit[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: `there is no "${key}" here`,
      atKey: true,
    }))
  return [{ path, message: issue.message }]
}
