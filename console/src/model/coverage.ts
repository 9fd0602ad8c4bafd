/** Stretches of a page that were on screen, in order and apart; px from its top. */
export type Stretches = readonly (readonly [from: number, to: number])[]

/** Half a pixel is lost to rounding at fractional zoom. */
const TOLERANCE = 1

/** Adds what is on screen now. */
export function cover(seen: Stretches, from: number, to: number): Stretches {
  if (to <= from) return seen
  const result: [number, number][] = []
  let [low, high] = [from, to]
  for (const [a, b] of seen) {
    if (b < low - TOLERANCE || a > high + TOLERANCE) result.push([a, b])
    else [low, high] = [Math.min(low, a), Math.max(high, b)]
  }
  result.push([low, high])
  return result.sort((x, y) => x[0] - y[0])
}

/** What part of `height` was on screen, from 0 to 1; 1 only where all of it was. */
export function covered(seen: Stretches, height: number): number {
  if (height <= 0) return 0
  const [first] = seen
  if (seen.length === 1 && first && first[0] <= TOLERANCE && first[1] >= height - TOLERANCE) return 1
  const sum = seen.reduce((total, [a, b]) => total + Math.min(b, height) - Math.max(a, 0), 0)
  return Math.min(0.99, Math.max(0, sum / height))
}
