import { TARGET_KEYS } from './risk.ts'

/** A value inside the arguments and where it stands. */
export interface Leaf {
  readonly keys: readonly string[]
  /** Its keys as one text, another one for others. */
  readonly path: string
  /** A text as it is, what else there is as JSON. */
  readonly value: string
  readonly isText: boolean
}

/** Some arguments: their values in order, of very many the first, and how many there are in all. */
export interface Leaves {
  readonly first: readonly Leaf[]
  readonly count: number
}

/** A stretch of a text. In quotes, its own quotes and backslashes are escaped, so that it can't pose as what stands beside it. */
export interface Piece {
  readonly text: string
  readonly isQuoted: boolean
  /** Whether something of it stands before, or after, what is shown. */
  readonly cut: { readonly before: boolean; readonly after: boolean }
}

/** One argument of a line, clipped to what there is room for. */
export interface Telling {
  readonly path: string
  /** `to`, `body.stage`, `lines.0`; none where the arguments as a whole are one value. */
  readonly where?: Piece
  readonly value: Piece
}

export interface Gist {
  readonly tellings: readonly Telling[]
  /** How much it is about, where that is none of them: it stands elsewhere, for half a number would be another one. */
  readonly amount?: Telling
  /** So many values stand beside all these. */
  readonly more: number
}

const MOST_LEAVES = 48
/** Of one value, so much is kept and compared. Unit: UTF-16 units. */
const KEPT = 2_000
/** Unit: characters. */
const ROOM = { one: 24, two: 14, path: 12 }
/** So much of what is alike stands before what differs. */
const LEAD = 5
/** So much of a value is shown at least, where it is cut in front: no more than where there is least room. */
const LEAST = 8

export function leavesOf(args: unknown): Leaves {
  const first: Leaf[] = []
  let count = 0
  const walk = (value: unknown, keys: readonly string[]): void => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    for (const [key, one] of entries) walk(one, [...keys, key])
    if (entries.length > 0) return
    count += 1
    if (count > MOST_LEAVES) return
    const isText = typeof value === 'string'
    const text = isText ? value : JSON.stringify(value)
    first.push({ keys, path: JSON.stringify(keys), value: text.slice(0, KEPT), isText })
  }
  walk(args, [])
  return { first, count }
}

/**
 * Up to two arguments that tell a line from others of the same action: first the one in which it differs from most of them,
 * then the one that tells it from the rest; where there is nothing to tell apart, whom or what it is done to, and how much of it.
 */
export function gistOf(own: Leaves, others: readonly Leaves[]): Gist {
  const maps = others.map((leaves) => new Map(leaves.first.map((leaf) => [leaf.path, leaf])))
  const first = mostTelling(own.first, maps)
  if (!first) return { tellings: [], more: own.count }
  const alike = maps.filter((map) => isSame(first, map.get(first.path)))
  const left = own.first.filter((leaf) => leaf !== first)
  const second = mostTelling(left, alike, {
    mustDiffer: alike.length > 0 || isTarget(first),
  })
  const rest = left.filter((leaf) => leaf !== second)
  const amount = amountRank(first) < AMOUNT_WORDS.length ? undefined : amountBeside(first, rest)
  const tell = (leaf: Leaf, room: number): Telling => {
    const beside = maps.flatMap((map) => map.get(leaf.path) ?? []).filter((one) => !isSame(leaf, one))
    return clipped(leaf, beside, room)
  }
  const room = second ? ROOM.two : ROOM.one
  const tellings = [first, ...(second ? [second] : [])].map((leaf) => tell(leaf, room))
  return {
    tellings,
    ...(amount && { amount: tell(amount, ROOM.two) }),
    more: own.count - tellings.length - (amount ? 1 : 0),
  }
}

const isSame = (a: Leaf, b: Leaf | undefined): boolean => a.value === b?.value && a.isText === b.isText

function mostTelling(
  leaves: readonly Leaf[],
  others: readonly ReadonlyMap<string, Leaf>[],
  { mustDiffer = false } = {},
): Leaf | undefined {
  let best: Leaf | undefined
  let bestScore = mustDiffer ? 0 : -1
  for (const leaf of leaves) {
    const score = others.filter((map) => !isSame(leaf, map.get(leaf.path))).length
    if (score > bestScore || (score === bestScore && best && rankOf(leaf) < rankOf(best))) {
      best = leaf
      bestScore = score
    }
  }
  return best
}

/** By the last of its keys: `to` before `path` before what no one has a name for. */
function rankOf({ keys }: Leaf): number {
  const at = TARGET_KEYS.indexOf(keys.at(-1) ?? '')
  return at < 0 ? TARGET_KEYS.length : at
}

const isTarget = (leaf: Leaf): boolean => rankOf(leaf) < TARGET_KEYS.length

/** What keys of amounts are called, as a word of theirs: `amount`, `amountCents`, `total_price`. */
const AMOUNT_WORDS: readonly string[] = ['amount', 'total', 'sum', 'price', 'cents', 'quantity', 'count']

/** How much it is about: what is called so, else the first number that stands where a target does, or at the top beside it. */
function amountBeside(target: Leaf, leaves: readonly Leaf[]): Leaf | undefined {
  const isNumber = ({ value, isText }: Leaf) => !isText && /^-?\d/.test(value)
  const isNear = ({ keys }: Leaf) =>
    keys.length === 1 || keys.slice(0, -1).join('\n') === target.keys.slice(0, -1).join('\n')
  const named = leaves
    .filter((leaf) => isNumber(leaf) || /\d/.test(leaf.value))
    .map((leaf) => ({ leaf, rank: amountRank(leaf) }))
    .filter(({ rank }) => rank < AMOUNT_WORDS.length)
    .toSorted((a, b) => a.rank - b.rank)
  return named[0]?.leaf ?? leaves.find((leaf) => isTarget(target) && isNumber(leaf) && isNear(leaf))
}

function amountRank({ keys }: Leaf): number {
  const words = keys
    .join('_')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
  const at = AMOUNT_WORDS.findIndex((word) => words.includes(word))
  return at < 0 ? AMOUNT_WORDS.length : at
}

/** So much as there is room for, from shortly before the first character that is another one elsewhere. */
function clipped({ keys, path, value, isText }: Leaf, beside: readonly Leaf[], room: number): Telling {
  const all = Array.from(value)
  const differsAt = Math.max(0, ...beside.map((other) => commonStart(all, Array.from(other.value))))
  // however short the rest is: a narrow list shows less than there is room for, and cuts off the end, where the difference is
  const last = Math.max(0, all.length - LEAST)
  const from = differsAt < ROOM.two - LEAD ? 0 : Math.min(last, differsAt - LEAD)
  const piece = pieceOf(all, isText, from, from + room)
  return {
    path,
    ...(keys.length > 0 && { where: whereOf(keys) }),
    value: value.length < KEPT ? piece : { ...piece, cut: { ...piece.cut, after: true } },
  }
}

/** The end of a path says more than its beginning. A key that is no plain word puts it in quotes. */
function whereOf(keys: readonly string[]): Piece {
  const all = Array.from(keys.join('.'))
  return pieceOf(
    all,
    !keys.every((key) => /^[\w$-]+$/.test(key)),
    Math.max(0, all.length - ROOM.path),
    all.length,
  )
}

/** What is cut is cut before it is escaped: half of an escape would be a quote that ends, or does not end, what it stands in. */
function pieceOf(all: readonly string[], isQuoted: boolean, from: number, to: number): Piece {
  const text = all.slice(from, to).join('')
  return {
    text: isQuoted ? text.replace(/["\\]/g, '\\$&') : text,
    isQuoted,
    cut: { before: from > 0, after: to < all.length },
  }
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
