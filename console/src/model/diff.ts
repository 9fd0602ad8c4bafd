import { isSameJson } from './same-json.ts'

/** One place where two values differ, by its JSON pointer (RFC 6901). */
export interface Difference {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
  readonly kind: 'added' | 'removed' | 'changed'
}

/** What was changed between two JSON values, at the deepest place that tells it. */
export function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (isSameJson(before, after)) return []
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ path: path || '/', before, after, kind: 'changed' }]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key): readonly Difference[] => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!Object.hasOwn(after, key)) return [{ path: at, before: before[key], kind: 'removed' }]
    if (!Object.hasOwn(before, key)) return [{ path: at, after: after[key], kind: 'added' }]
    return differences(before[key], after[key], at)
  })
}

const isContainer = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
