import type { Digest } from './canonical.ts'

/** What a line says to whoever reads it, and the bytes that it is about. */
interface Line {
  readonly reads: string
  readonly digest: Digest
}

/** So much of a digest is read at a glance; where others begin with the same, it is longer. Unit: hexadecimal digits. */
const LEAST = 8

/**
 * For each line that reads like another one which is about other bytes, the beginning of its digest: what tells them apart stands
 * too far behind for a line, and without this nobody would know that there is anything.
 */
export function digestMarks(lines: readonly Line[]): readonly (string | undefined)[] {
  const groups = new Map<string, Set<string>>()
  for (const { reads, digest } of lines) {
    const group = groups.get(reads)
    if (group) group.add(hexOf(digest))
    else groups.set(reads, new Set([hexOf(digest)]))
  }
  const lengths = new Map([...groups].map(([reads, digests]) => [reads, lengthFor([...digests].sort())]))
  return lines.map(({ reads, digest }) => {
    const length = lengths.get(reads)
    return length === undefined ? undefined : hexOf(digest).slice(0, length)
  })
}

/** `sorted`: what is like one for longest stands beside it. An agent can look for bytes whose digests begin alike. */
function lengthFor(sorted: readonly string[]): number | undefined {
  if (sorted.length < 2) return undefined
  return sorted.reduce((most, one, at) => Math.max(most, commonStart(one, sorted[at + 1] ?? '') + 1), LEAST)
}

const hexOf = (digest: Digest): string => digest.slice('sha256:'.length)

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
