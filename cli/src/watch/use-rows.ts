import { useState } from 'react'
import type { Item } from './items.ts'
import { mergeRows, moveCursor, type Row, sortRows } from './rows.ts'

/** The list with its cursor. */
export interface Rows {
  readonly rows: readonly Row[]
  readonly cursor: string | undefined
  /** Where the cursor is, -1 where there is nothing. */
  readonly at: number
  readonly selected: Row | undefined
  readonly settledOf: (id: string) => string | undefined
  readonly move: (step: 1 | -1) => void
  readonly sort: () => void
}

export function useRows(items: readonly Item[], outcomes: ReadonlyMap<string, string>): Rows {
  const [held, setHeld] = useState<{ rows: readonly Row[]; cursor: string | undefined }>({
    rows: [],
    cursor: undefined,
  })
  const rows = mergeRows(held.rows, held.cursor, items, outcomes)
  const cursor = held.cursor ?? rows[0]?.item.id
  // What is drawn is what the next change is merged into, else an item could still slip under the cursor.
  if (cursor !== held.cursor || changed(rows, held.rows)) setHeld({ rows, cursor })
  const at = rows.findIndex(({ item }) => item.id === cursor)
  return {
    rows,
    cursor,
    at,
    selected: rows[at],
    settledOf: (id) => rows.find(({ item }) => item.id === id)?.settled ?? outcomes.get(id),
    move: (step) => {
      const next = moveCursor(rows, cursor, step)
      const waiting = rows.filter(({ item, settled }) => settled === undefined || item.id === next)
      setHeld({ rows: waiting, cursor: next })
    },
    sort: () => {
      const sorted = sortRows(rows)
      const still = sorted.some(({ item }) => item.id === cursor)
      setHeld({ rows: sorted, cursor: still ? cursor : sorted[0]?.item.id })
    },
  }
}

const changed = (a: readonly Row[], b: readonly Row[]): boolean =>
  a.length !== b.length ||
  a.some((row, at) => row.item.view !== b[at]?.item.view || row.settled !== b[at]?.settled)
