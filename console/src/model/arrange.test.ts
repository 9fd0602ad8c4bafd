import type { ApprovalView } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Arrangement, arrange, moved } from './arrange.ts'
import { byDeadlineAndRisk, type Item } from './items.ts'

const item = (id: string, deadline: number): Item => ({
  kind: 'approval',
  id,
  deadline,
  view: { id, risk: 0 } as ApprovalView,
})
const ids = ({ rows }: Arrangement) => rows.map(({ item: { id }, settled }) => (settled ? `${id}✓` : id))

describe('the queue', () => {
  const [a, b, c] = [item('a', 10), item('b', 20), item('c', 30)]

  it('is in order while there is no cursor', () => {
    expect(ids(arrange([], undefined, [a, b, c]))).toEqual(['a', 'b', 'c'])
  })

  it('keeps back what belongs above the cursor, and sorts in what belongs below', () => {
    const first = arrange([], undefined, [a, c])
    const next = arrange(first.rows, 'c', [a, item('new', 15), c, item('late', 40)])
    expect(ids(next)).toEqual(['a', 'c', 'late'])
    expect(next.kept).toBe(1)
  })

  it('leaves what was settled at or above the cursor where it was, and drops it below', () => {
    const first = arrange([], undefined, [a, b, c])
    expect(ids(arrange(first.rows, 'b', []))).toEqual(['a✓', 'b✓'])
  })

  it('moves nothing while somebody is at work in it: what is new comes to its end, or is kept back', () => {
    const first = arrange([], undefined, [a, c])
    const next = arrange(first.rows, undefined, [a, item('new', 15), item('late', 40)], { atWork: true })
    expect(ids(next)).toEqual(['a', 'c✓', 'late'])
    expect(next.kept).toBe(1)
    expect(ids(arrange(next.rows, undefined, [a, item('new', 15), item('late', 40)]))).toEqual([
      'a',
      'new',
      'late',
    ])
    expect(ids(arrange([], undefined, [a], { atWork: true }))).toEqual(['a'])
  })

  it('passes over what was settled', () => {
    const { rows } = arrange(arrange([], undefined, [a, b, c]).rows, 'c', [a, c])
    expect(ids({ rows, kept: 0 })).toEqual(['a', 'b✓', 'c'])
    expect(moved(rows, 'c', -1)).toBe('a')
    expect(moved(rows, 'a', 1)).toBe('c')
    expect(moved(rows, undefined, 1)).toBe('a')
  })

  const waiting = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9 })), {
      selector: ([id]) => id,
    })
    .map((all) => all.map(([id, deadline]) => item(`i${id}`, deadline)).sort(byDeadlineAndRisk))

  it('whatever comes and goes, the line under the cursor stays the same line, and nothing is lost', () => {
    fc.assert(
      fc.property(waiting, fc.array(waiting), fc.nat(), (start, later, pick) => {
        let now = arrange([], undefined, start)
        const cursor = start[pick % Math.max(1, start.length)]?.id
        const place = now.rows.findIndex((row) => row.item.id === cursor)
        for (const items of later) {
          now = arrange(now.rows, cursor, items)
          if (cursor !== undefined) expect(now.rows[place]?.item.id).toBe(cursor)
          const shown = now.rows.filter(({ settled }) => !settled).length
          expect(shown + now.kept).toBe(items.length)
          expect(new Set(now.rows.map((row) => row.item.id)).size).toBe(now.rows.length)
        }
      }),
    )
  })
})
