import { useLayoutEffect, useRef } from 'react'

/** How long what a key would decide on has to stand still before the key is taken. Unit: ms. */
export const STILL_FOR_MS = 300

export interface Stillness {
  /** Whether what a decision would be about stood unchanged when a key came in, and long enough before. */
  readonly allows: (at: number) => boolean
  /** A key was not taken: what follows it was meant for another state of things. */
  readonly disturb: () => void
}

/**
 * Guards decisions against a screen that moved under the person's hand: between a change (of the item under the
 * cursor, its revision, the view) and a key there must be time to see it. `about` names what would be decided on.
 */
export function useStillness(about: string, clock: () => number): Stillness {
  const since = useRef(clock())
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of `about` that counts
  useLayoutEffect(() => {
    since.current = clock()
  }, [about])
  return {
    allows: (at) => at - since.current >= STILL_FOR_MS,
    disturb: () => {
      since.current = clock()
    },
  }
}
