/** The keyhole through which the clients see time. Unit: milliseconds everywhere. Tests advance one by hand. */
export interface Clocks {
  /** ms since the Unix epoch; may jump. */
  wall(): number
  /** Never goes backwards; only differences mean anything; may stand still while a machine sleeps. */
  monotonic(): number
  /** Calls `wake` once after `delayMs`. A `background` timer alone does not keep a Node process alive. */
  after(delayMs: number, wake: () => void, background?: boolean): () => void
}

export const systemClocks: Clocks = {
  wall: Date.now,
  monotonic: () => performance.now(),
  after(delayMs, wake, background = false) {
    const timer: unknown = setTimeout(wake, Math.max(0, Math.ceil(delayMs)))
    // Browsers' timers are numbers and hold nothing open.
    if (background) (timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}
