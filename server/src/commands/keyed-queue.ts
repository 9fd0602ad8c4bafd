/**
 * One at a time per key, many keys at once: commands on one agent don't fight over its version, and those on
 * different agents reach the store together, so that it can commit them as a group.
 */
export interface KeyedQueue {
  run<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Resolves when nothing is waiting or at work. */
  idle(): Promise<void>
}

export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(key, work) {
      const earlier = tails.get(key)
      const mine = earlier ? earlier.then(work, work) : work()
      const tail = mine.catch(() => {})
      tails.set(key, tail)
      tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
      return mine
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values())
    },
  }
}
