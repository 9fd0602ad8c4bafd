import type { Digest } from '@holdpoint/shared'
import type { Gist } from './gist.ts'

/** A line as it would be drawn, and the bytes that it is about. */
interface Line {
  readonly id: string
  readonly action: string
  readonly digest: Digest
  readonly gist: Gist
}

/** So much of a digest is read at a glance; where others begin with the same, it is longer. Unit: hexadecimal digits. */
const LEAST = 8

/**
 * By id: the beginning of its digest, for each line that reads like another one which is about other bytes. What tells them apart
 * stands too far behind for a line, and without this nobody would know that there is anything.
 */
export function marksOf(lines: readonly Line[]): ReadonlyMap<string, string> {
  const groups = new Map<string, Line[]>()
  for (const line of lines) {
    const { tellings, amount, more } = line.gist
    // of a long path nobody sees the beginning
    const drawn = [...tellings, ...(amount ? [amount] : [])].map(({ where, value }) => [where, value])
    const read = JSON.stringify([line.action, drawn, more])
    const group = groups.get(read)
    if (group) group.push(line)
    else groups.set(read, [line])
  }
  return new Map([...groups.values()].flatMap(marksOfGroup))
}

function marksOfGroup(group: readonly Line[]): readonly (readonly [string, string])[] {
  const digests = [...new Set(group.map(({ digest }) => hexOf(digest)))].sort()
  if (digests.length < 2) return []
  // in their order, what is like one for longest stands beside it; an agent can look for bytes whose digests begin alike
  const shared = digests.map((one, at) => commonStart(one, digests[at + 1] ?? ''))
  const length = Math.max(LEAST, ...shared.map((many) => many + 1))
  return group.map(({ id, digest }) => [id, hexOf(digest).slice(0, length)])
}

const hexOf = (digest: Digest): string => digest.replace(/^sha256:/, '')

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
