import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits for a condition, looking every `everyMs`. Throws with `what` when it did not come true within `withinMs`: long
 * enough that only what never comes true fails, however busy the machine.
 * Units: ms.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = 30_000, everyMs = 10 } = {},
): Promise<T> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(everyMs)
  }
}
