import type { EventView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { continued, type Read, renewed } from './history-pages.ts'

const read = (seqs: readonly number[], cursor?: string): Read => ({
  events: seqs.map((seq) => ({ seq }) as EventView),
  cursor,
})

describe('the log, page by page', () => {
  it('older pages stay under a newer first one that reaches down to them', () => {
    expect(renewed(read([5, 4, 3, 2, 1], 'to 1'), read([7, 6, 5], 'to 5'))).toEqual(
      read([7, 6, 5, 4, 3, 2, 1], 'to 1'),
    )
  })

  it('they go where something is missing in between', () => {
    expect(renewed(read([5, 4, 3], 'to 3'), read([9, 8, 7], 'to 7'))).toEqual(read([9, 8, 7], 'to 7'))
  })

  it('the same first page, or one over nothing, is itself', () => {
    expect(renewed(read([5, 4, 3], 'to 3'), read([5, 4, 3], 'to 3'))).toEqual(read([5, 4, 3], 'to 3'))
    expect(renewed(read([]), read([2, 1]))).toEqual(read([2, 1]))
    expect(renewed(read([2, 1]), read([]))).toEqual(read([]))
  })

  it('a page is added once, however often it was asked for', () => {
    const first = read([5, 4], 'to 4')
    const twice = continued(continued(first, 'to 4', read([3, 2], 'to 2')), 'to 4', read([3, 2], 'to 2'))
    expect(twice).toEqual(read([5, 4, 3, 2], 'to 2'))
  })
})
