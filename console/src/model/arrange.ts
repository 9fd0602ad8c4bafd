import { byDeadlineAndRisk, type Item } from './items.ts'

/** A line of the queue. What was settled stays where it was until the reader asks for order. */
export interface Row {
  readonly item: Item
  readonly settled: boolean
}

/** The lines shown, and how many new ones are kept back because they belong above what must not move. */
export interface Arrangement {
  readonly rows: readonly Row[]
  readonly kept: number
}

/**
 * The queue after something changed. What stands at or above the cursor keeps its place, so that no key pressed now
 * can hit another item than the one that was looked at; what is new and belongs above it is counted and kept back;
 * below it, everything is in order. While somebody is `atWork` in the list so it is with all of it: what is new comes to
 * its end, or is kept back. `items` are in order.
 */
export function arrange(
  before: readonly Row[],
  cursor: string | undefined,
  items: readonly Item[],
  { atWork = false }: { readonly atWork?: boolean } = {},
): Arrangement {
  const at = atWork ? before.length - 1 : before.findIndex(({ item }) => item.id === cursor)
  const held = before[at]
  if (!held) return { rows: items.map((item) => ({ item, settled: false })), kept: 0 }
  const current = new Map(items.map((item) => [item.id, item]))
  const fixed = before.slice(0, at + 1).map((row): Row => {
    const now = current.get(row.item.id)
    current.delete(row.item.id)
    if (now) return now === row.item && !row.settled ? row : { item: now, settled: false }
    return row.settled ? row : { item: row.item, settled: true }
  })
  const below: Row[] = []
  let kept = 0
  for (const item of current.values()) {
    if (byDeadlineAndRisk(item, held.item) < 0) kept += 1
    else below.push({ item, settled: false })
  }
  return { rows: [...fixed, ...below], kept }
}

/** Where the cursor goes when it moves by `step`: what was settled is passed over. */
export function moved(rows: readonly Row[], cursor: string | undefined, step: 1 | -1): string | undefined {
  const at = rows.findIndex(({ item }) => item.id === cursor)
  if (at < 0) return rows.find(({ settled }) => !settled)?.item.id
  for (let next = at + step; next >= 0 && next < rows.length; next += step) {
    const row = rows[next]
    if (row && !row.settled) return row.item.id
  }
  return cursor
}
