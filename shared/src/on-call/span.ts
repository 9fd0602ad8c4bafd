/** From `from` on, until just before `until`: ms since the epoch, either infinite where nothing bounds it. */
export interface Span {
  readonly from: number
  readonly until: number
}

export const intersection = (a: Span, b: Span): Span => ({
  from: Math.max(a.from, b.from),
  until: Math.min(a.until, b.until),
})

/** The stretch around `at` in which none of these points lies. */
export function between(points: readonly number[], at: number): Span {
  let [from, until] = [-Infinity, Infinity]
  for (const point of points) {
    if (point <= at) from = Math.max(from, point)
    else until = Math.min(until, point)
  }
  return { from, until }
}
