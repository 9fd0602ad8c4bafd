import type { ApprovalView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { type Item, itemsOf } from './items.ts'
import { mergeRows, moveCursor, type Row, sortRows, windowOf } from './rows.ts'

const item = (id: string, minute: number, risk?: number): Item => ({
  kind: 'approval',
  id,
  view: { id, expiresAt: new Date(minute * 60_000).toISOString(), risk } as ApprovalView,
})
const names = (rows: readonly Row[]) =>
  rows.map((row) => (row.settled ? `(${row.item.id})` : row.item.id)).join(' ')
const none = new Map<string, string>()

describe('the list of what waits', () => {
  it('begins with the nearest deadline, of two alike with the riskier', () => {
    const views = [item('late', 9), item('calm', 5, 0.1), item('risky', 5, 0.9)].map(({ view }) => view)
    const approvals = new Map(views.map((view) => [view.id, view as ApprovalView]))
    expect(itemsOf({ approvals, tickets: new Map() }).map(({ id }) => id)).toEqual(['risky', 'calm', 'late'])
  })

  it('never moves the item under the cursor, whatever arrives', () => {
    const before = mergeRows([], undefined, [item('b', 2), item('c', 3), item('d', 4)], none)
    const after = mergeRows(before, 'c', [item('a', 1), item('b', 2), item('c', 3), item('d', 4)], none)
    expect(names(after)).toBe('b c a d')
  })

  it('keeps what was settled at or above the cursor in its place, and says how it ended', () => {
    const before = mergeRows([], undefined, [item('a', 1), item('b', 2), item('c', 3)], none)
    const after = mergeRows(before, 'b', [item('b', 2)], new Map([['a', 'approved by ana']]))
    expect(names(after)).toBe('(a) b')
    expect(after[0]?.settled).toBe('approved by ana')
  })

  it('drops what was settled below the cursor', () => {
    const before = mergeRows([], undefined, [item('a', 1), item('b', 2)], none)
    expect(names(mergeRows(before, 'a', [item('a', 1)], none))).toBe('a')
  })

  it('sorts all again on demand', () => {
    const rows = [{ item: item('c', 3) }, { item: item('x', 1), settled: 'denied' }, { item: item('a', 1) }]
    expect(names(sortRows(rows))).toBe('a c')
  })

  it('moves the cursor over what was settled', () => {
    const rows = [{ item: item('a', 1) }, { item: item('b', 2), settled: 'denied' }, { item: item('c', 3) }]
    expect(moveCursor(rows, 'a', 1)).toBe('c')
    expect(moveCursor(rows, 'c', 1)).toBe('c')
    expect(moveCursor(rows, undefined, 1)).toBe('a')
  })

  it.each([
    [0, 0, 3, 10, 0],
    [0, 5, 3, 10, 3],
    [5, 2, 3, 10, 2],
    [8, 9, 3, 10, 7],
    [4, -1, 3, 2, 0],
  ])('shows a window from %i with row %i', (offset, at, height, length, first) => {
    expect(windowOf(offset, at, height, length)).toBe(first)
  })
})
