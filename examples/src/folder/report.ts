import type { FileFacts } from './workspace.ts'

/** What became of one stale file. */
export interface Tidied {
  readonly path: string
  readonly deleted: boolean
  /** Why it was kept: an operator's reason, message or instruction. */
  readonly because?: string
}

export const orders = ['by name', 'by size', 'by age'] as const
export type Order = (typeof orders)[number]

const compare: Readonly<Record<Order, (a: FileFacts, b: FileFacts) => number>> = {
  'by name': (a, b) => (a.path < b.path ? -1 : 1),
  'by size': (a, b) => b.bytes - a.bytes,
  'by age': (a, b) => b.ageDays - a.ageDays,
}

/** The report as Markdown. `read`: lines counted per file. */
export function writeReport(
  files: readonly FileFacts[],
  read: ReadonlyMap<string, number>,
  tidied: readonly Tidied[],
  order: Order,
): string {
  const deleted = tidied.filter((one) => one.deleted)
  const kept = tidied.filter((one) => !one.deleted)
  const gone = new Set(deleted.map(({ path }) => path))
  const left = files.filter(({ path }) => !gone.has(path)).toSorted(compare[order])
  return [
    '# State of the folder',
    '',
    `${read.size} files read, ${deleted.length} stale ones deleted, ${kept.length} kept.`,
    '',
    '## Deleted',
    ...bullets(deleted.map(({ path }) => path)),
    '',
    '## Stale but kept',
    ...bullets(kept.map(({ path, because }) => `${path}: ${because}`)),
    '',
    `## What is there, ${order}`,
    ...bullets(
      left.map(
        (one) => `${one.path}: ${one.bytes} bytes, ${one.ageDays} days old, ${read.get(one.path) ?? 0} lines`,
      ),
    ),
    '',
  ].join('\n')
}

const bullets = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? ['- nothing'] : lines.map((line) => `- ${line}`)
