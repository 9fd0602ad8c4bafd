import { byDeadlineAndRisk, type Item } from './items.ts'

/** A line of the list. What was settled stays where it was until the cursor moves, so that nothing jumps. */
export interface Row {
  readonly item: Item
  /** How it ended and through whom. */
  readonly settled?: string | undefined
}

/**
 * The list after something changed. What stands at or above the cursor stays where it is, so that no key pressed now
 * can hit another item than the one that was looked at; below it, what is new is sorted in.
 */
export function mergeRows(
  rows: readonly Row[],
  cursor: string | undefined,
  items: readonly Item[],
  outcomes: ReadonlyMap<string, string>,
): readonly Row[] {
  const current = new Map(items.map((item) => [item.id, item]))
  const fixed = rows.slice(0, rows.findIndex(({ item }) => item.id === cursor) + 1)
  const kept = fixed.map(({ item, settled }): Row => {
    const now = current.get(item.id)
    if (now) return { item: now }
    return { item, settled: outcomes.get(item.id) ?? settled ?? 'no longer waiting' }
  })
  const above = new Set(kept.map(({ item }) => item.id))
  const below = items.filter(({ id }) => !above.has(id)).toSorted(byDeadlineAndRisk)
  return [...kept, ...below.map((item) => ({ item }))]
}

/** All in order again, what was settled left out; the cursor stays on its item where that still waits. */
export const sortRows = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(({ settled }) => settled === undefined).toSorted((a, b) => byDeadlineAndRisk(a.item, b.item))

/** Where the cursor goes when it moves by `step`, skipping what was settled. */
export function moveCursor(
  rows: readonly Row[],
  cursor: string | undefined,
  step: 1 | -1,
): string | undefined {
  const at = rows.findIndex(({ item }) => item.id === cursor)
  for (let next = at + step; next >= 0 && next < rows.length; next += step) {
    const row = rows[next]
    if (row && row.settled === undefined) return row.item.id
  }
  return cursor
}

/** The part of a list that fits, moved as little as possible from `offset` so that `at` is in it. */
export function windowOf(offset: number, at: number, height: number, length: number): number {
  const least = Math.min(offset, Math.max(0, length - height))
  if (at < 0) return least
  if (at < least) return at
  return at >= least + height ? at - height + 1 : least
}
