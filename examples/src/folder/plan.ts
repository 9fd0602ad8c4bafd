import type { FileFacts } from './workspace.ts'

/** What the agent means to do next. A scripted planner stands where a model would: the same folder, the same steps. */
export type Step =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'delete'; readonly file: FileFacts }

/** Where the agent writes, and what it leaves out of its reading. */
export const REPORTS = 'reports'

/** Reads everything once, then tidies up: what was not touched for `staleDays` goes, the oldest first. */
export function plan(files: readonly FileFacts[], staleDays: number): readonly Step[] {
  const work = files.filter(({ path }) => !path.startsWith(`${REPORTS}/`))
  const stale = work.filter(({ ageDays }) => ageDays >= staleDays)
  return [
    ...work.map(({ path }): Step => ({ kind: 'read', path })),
    ...stale.toSorted((a, b) => b.ageDays - a.ageDays).map((file): Step => ({ kind: 'delete', file })),
  ]
}
