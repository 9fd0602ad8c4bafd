/** The keyhole through which the clients see time. Unit: milliseconds everywhere. Tests advance one by hand. */
export interface Clocks {
  /** ms since the Unix epoch; may jump. */
  wall(): number
  /** Never goes backwards; only differences mean anything; may stand still while a machine sleeps. */
  monotonic(): number
  /**
   * Calls `wake` once after `delayMs`, never early: delays beyond 24.8 days are kept whole. A `background` timer alone does
   * not keep a Node process alive.
   */
  after(delayMs: number, wake: () => void, background?: boolean): () => void
}

/** Timers hold at most a signed 32-bit number of ms; beyond it they would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClocks: Clocks = {
  wall: Date.now,
  monotonic: () => performance.now(),
  after(delayMs, wake, background = false) {
    let timer: unknown
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS)
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : wake()), Math.max(0, stepMs))
      // Browsers' timers are numbers and hold nothing open.
      if (background) (timer as { unref?: () => void }).unref?.()
    }
    arm(Math.ceil(delayMs))
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}
