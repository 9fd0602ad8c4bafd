import type { EventView } from '@holdpoint/shared'

export interface Trend {
  /** From where trust stood before the first of these changes to where it stands. */
  readonly moved: number
  readonly changes: number
  /** ms since the epoch. */
  readonly since: number
  /** An SVG path over a box of 60 by 14. */
  readonly path: string
}

const [WIDTH, HEIGHT] = [60, 14]

/** How trust moved over some `trust.changed`, the newest first; undefined where there is no way to tell. */
export function trendOf(events: readonly EventView[]): Trend | undefined {
  const samples = events
    .map(({ at, data }) => ({ at: Date.parse(at), trust: (data as { trust?: unknown }).trust }))
    .filter((one): one is { at: number; trust: number } => typeof one.trust === 'number')
    .reverse()
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || samples.length < 2) return undefined
  const values = samples.map(({ trust }) => trust)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  // a hair's breadth is not to look like a mountain
  const span = Math.max(0.1, high - low)
  const points = values.map((trust, index) => {
    const x = (index / (values.length - 1)) * WIDTH
    const y = HEIGHT - 1 - ((trust - low) / span) * (HEIGHT - 2)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  })
  return {
    moved: last.trust - first.trust,
    changes: samples.length - 1,
    since: first.at,
    path: `M${points.join('L')}`,
  }
}
