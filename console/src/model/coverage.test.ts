import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cover, covered } from './coverage.ts'

describe('what was on screen', () => {
  it('[AP10] is all only once every stretch was', () => {
    const ends = cover(cover([], 0, 100), 900, 1_000)
    expect(covered(ends, 1_000)).toBeCloseTo(0.2)
    expect(covered(cover(ends, 100, 899.5), 1_000)).toBe(1)
  })

  it('[AP10] a gap anywhere keeps it from being all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 5_000 }),
        fc.array(fc.tuple(fc.nat(5_000), fc.nat(900))),
        fc.nat(),
        (height, looks, where) => {
          // nobody ever looks at these ten pixels
          const gap = where % (height - 10)
          let seen = cover([], 0, gap)
          seen = cover(seen, gap + 10, height)
          for (const [from, length] of looks) {
            const to = Math.min(height, from + length)
            if (to <= gap || from >= gap + 10) seen = cover(seen, from, to)
          }
          expect(covered(seen, height)).toBeLessThan(1)
        },
      ),
    )
  })

  it('nothing is never all', () => {
    expect([covered([], 0), covered([], 100), covered(cover([], 5, 5), 10)]).toEqual([0, 0, 0])
  })
})
