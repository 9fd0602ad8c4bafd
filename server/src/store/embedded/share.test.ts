import { expect, it } from 'vitest'
import { share } from './share.ts'

/** What `changes` come to where each transaction touches `fixed` pages, and each change so many more. */
const pagesOf =
  (fixed: number, each: number) =>
  (changes: number): number =>
    Math.round(fixed + each * changes)

/** After that many transactions, each as large as it may be. */
function after(times: number, pages: (changes: number) => number, one = share(8_192)): number {
  for (let time = 0; time < times; time++) one.wrote(one.changes, pages(one.changes))
  return one.changes
}

it('[PR5] gives the tables all that they may get at once where it touches few pages', () => {
  expect(after(10, pagesOf(500, 0.5))).toBe(8_192)
})

it('[PR5] never lets what is heavy touch many more pages than the last time, and comes to as many as may be', () => {
  for (const pages of [pagesOf(0, 1.3), pagesOf(4_800, 0.45), pagesOf(0, 20)]) {
    const one = share(8_192)
    after(2, pages, one)
    for (let time = 0; time < 20; time++) expect(pages(after(1, pages, one))).toBeLessThan(8_500 * 1.09)
    expect(pages(one.changes)).toBeGreaterThan(7_400)
    expect(pages(one.changes)).toBeLessThan(8_600)
  }
})

it('[PR5] learns nothing from those that were few', () => {
  const one = share(8_192)
  const heavy = after(20, pagesOf(0, 20), one)
  for (let time = 0; time < 10; time++) one.wrote(10, 5)
  expect(one.changes).toBe(heavy)
})

it('[PR5] is smaller the next time where few touched more than may be', () => {
  const one = share(8_192)
  one.wrote(100, 17_000)
  expect(one.changes).toBe(50)
})
