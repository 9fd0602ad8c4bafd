import type { Policy } from '@holdpoint/shared'

/** What is never released in advance (AP13), as a sentence, so far as its own entry says; the server knows the rest. */
export function neverInAdvance({ catalogue, unlisted, levels }: Policy, action: string): string | undefined {
  const { level, approvals = 1 } = Object.hasOwn(catalogue, action)
    ? (catalogue[action] ?? unlisted)
    : unlisted
  if (levels[level].factor) return 'What asks for a second factor is never released in advance.'
  if (level === 'admin_only') return 'What asks for an admin is never released in advance.'
  if (approvals > 1) return 'What asks for several people is never released in advance.'
  return undefined
}
