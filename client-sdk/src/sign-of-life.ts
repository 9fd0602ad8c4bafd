import type { Clocks } from './clocks.ts'
import type { Connection } from './connection/socket.ts'

const LOOK_EVERY_MS = 500
/** Nothing was heard for so long: it is asked for. */
const QUIET_MS = 2_000
/** Longer than a busy server takes for an answer: what is shown may be out of date. */
const ANSWER_MS = 3_000
/** The connection's own ping finds out later whether it is lost. */
const ASK_TIMEOUT_MS = 30_000

/**
 * Looks whether the server at the other end still lives: a frozen one closes nothing, and its connection looks well until
 * a ping is missed, long after. `told` hears at each look for how long nothing was heard, or undefined while that is nothing
 * to speak of. Returns what ends it.
 */
export function watchLife(
  connection: Connection,
  { clocks, told }: { readonly clocks: Clocks; readonly told: (silentMs: number | undefined) => void },
): () => void {
  let askedAt: number | undefined
  let lookedAt = clocks.monotonic()
  const look = (): void => {
    const now = clocks.monotonic()
    const quietMs = now - connection.heardAt()
    // while this process stood still it could hear nobody
    if (askedAt !== undefined) askedAt += Math.max(0, now - lookedAt - 2 * LOOK_EVERY_MS)
    lookedAt = now
    if (quietMs < QUIET_MS) askedAt = undefined
    else if (askedAt === undefined) {
      askedAt = now
      connection.exchange('person.me', {}, ASK_TIMEOUT_MS).catch(() => {})
    }
    cancel = clocks.after(LOOK_EVERY_MS, look, true)
    told(askedAt !== undefined && now - askedAt >= ANSWER_MS ? quietMs : undefined)
  }
  let cancel = clocks.after(LOOK_EVERY_MS, look, true)
  return () => cancel()
}
