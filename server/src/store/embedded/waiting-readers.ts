/** Those who wait to read until the tables have all up to an entry of the journal. */
interface Waiting {
  readonly upTo: number
  readonly resolve: () => void
}

export function waitingReaders() {
  /** In the order of their entries: each asks for the last one that there is. */
  const waiting: Waiting[] = []

  return {
    /** Resolves once they are let go. */
    until: (upTo: number): Promise<void> => new Promise((resolve) => waiting.push({ upTo, resolve })),

    /** Whether somebody waits for what comes after that entry. */
    isAnyAfter: (entry: number): boolean => (waiting.at(-1)?.upTo ?? 0) > entry,

    /** Those who have waited for no more than that. */
    letGo(upTo: number): void {
      const first = waiting.findIndex((one) => one.upTo > upTo)
      const ready = waiting.splice(0, first < 0 ? waiting.length : first)
      for (const { resolve } of ready) resolve()
    },

    /** Nobody brings it there any more. */
    letAllGo(): void {
      this.letGo(Number.POSITIVE_INFINITY)
    },
  }
}
