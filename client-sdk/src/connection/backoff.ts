/** How long to wait before the next try, growing while tries fail. Unit: ms. */
export interface Backoff {
  next(): number
  reset(): void
}

/**
 * Exponential with full jitter: uniformly in (0, min(cap, base · 2^n)], so that clients that lost the same server
 * don't come back as one wave.
 */
export function backoff(baseMs = 200, capMs = 5_000, random: () => number = Math.random): Backoff {
  let tries = 0
  return {
    next() {
      const ceilingMs = Math.min(capMs, baseMs * 2 ** tries)
      if (ceilingMs < capMs) tries += 1
      return Math.max(1, Math.ceil(random() * ceilingMs))
    },
    reset() {
      tries = 0
    },
  }
}
