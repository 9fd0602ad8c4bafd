import { TARGET_KEYS } from './risk.ts'

/** A value inside the arguments and where it stands: `to`, `body.stage`, `lines.0`. */
export interface Leaf {
  readonly path: string
  /** As JSON draws it, its own quotes and backslashes escaped; texts without the quotes around them. */
  readonly value: string
  readonly isText: boolean
}

/** One argument of a line, clipped to what there is room for. */
export interface Telling {
  readonly path: string
  readonly text: string
  readonly isText: boolean
  /** Whether something of it stands before, or after, what is shown. */
  readonly cut: { readonly before: boolean; readonly after: boolean }
}

const MOST_LEAVES = 48
/** Of one value, so much is kept and compared. Unit: UTF-16 units. */
const KEPT = 2_000
/** Unit: characters. */
const ROOM = { one: 24, two: 14, path: 12 }
/** So much of what is alike stands before what differs. */
const LEAD = 5

/** The values of some arguments in their order; of very many, the first. */
export function leavesOf(args: unknown): readonly Leaf[] {
  const leaves: Leaf[] = []
  const walk = (value: unknown, path: string): void => {
    if (leaves.length >= MOST_LEAVES) return
    const isText = typeof value === 'string'
    if (typeof value !== 'object' || value === null) {
      const text = isText ? value.replace(/["\\]/g, '\\$&') : JSON.stringify(value)
      leaves.push({ path, value: text.slice(0, KEPT), isText })
      return
    }
    const entries = Object.entries(value)
    if (entries.length === 0) leaves.push({ path, value: Array.isArray(value) ? '[]' : '{}', isText: false })
    for (const [key, one] of entries) walk(one, path === '' ? key : `${path}.${key}`)
  }
  walk(args, '')
  return leaves
}

/**
 * Up to two arguments that tell a line from others of the same action: first the one in which it differs from most of them,
 * then the one that tells it from the rest; where there is nothing to tell apart, whom or what it is done to.
 */
export function tellingOf(own: readonly Leaf[], others: readonly (readonly Leaf[])[]): readonly Telling[] {
  const maps = others.map((leaves) => new Map(leaves.map(({ path, value }) => [path, value])))
  const first = mostTelling(own, maps)
  if (!first) return []
  const alike = maps.filter((map) => map.get(first.path) === first.value)
  const left = own.filter((leaf) => leaf !== first)
  const second = mostTelling(left, alike, {
    mustDiffer: alike.length > 0 || rankOf(first) < TARGET_KEYS.length,
  })
  const room = second ? ROOM.two : ROOM.one
  return [first, ...(second ? [second] : [])].map((leaf) => {
    const beside = maps.flatMap((map) => map.get(leaf.path) ?? []).filter((value) => value !== leaf.value)
    return clipped(leaf, beside, room)
  })
}

function mostTelling(
  leaves: readonly Leaf[],
  others: readonly ReadonlyMap<string, string>[],
  { mustDiffer = false } = {},
): Leaf | undefined {
  let best: Leaf | undefined
  let bestScore = mustDiffer ? 0 : -1
  for (const leaf of leaves) {
    const score = others.filter((map) => map.get(leaf.path) !== leaf.value).length
    if (score > bestScore || (score === bestScore && best && rankOf(leaf) < rankOf(best))) {
      best = leaf
      bestScore = score
    }
  }
  return best
}

/** By the last key of its path: `to` before `path` before what no one has a name for. */
function rankOf({ path }: Leaf): number {
  const at = TARGET_KEYS.indexOf(path.slice(path.lastIndexOf('.') + 1))
  return at < 0 ? TARGET_KEYS.length : at
}

/** So much as there is room for, from shortly before the first character that is another one elsewhere. */
function clipped({ path, value, isText }: Leaf, beside: readonly string[], room: number): Telling {
  const all = Array.from(value)
  const differsAt = Math.max(0, ...beside.map((other) => commonStart(all, Array.from(other))))
  const last = Math.max(0, all.length - room)
  const from = differsAt < room - LEAD ? 0 : Math.min(last, differsAt - LEAD)
  return {
    path: clip(path),
    text: all.slice(from, from + room).join(''),
    isText,
    cut: { before: from > 0, after: from + room < all.length || value.length >= KEPT },
  }
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}

/** The end of a path says more than its beginning. */
function clip(path: string): string {
  const all = Array.from(path)
  return all.length <= ROOM.path ? path : `…${all.slice(-ROOM.path).join('')}`
}
