import type { OrderView } from '@holdpoint/shared'
import type { OperatorSession } from '../operator-session.ts'
import type { Change } from '../operator-types.ts'

/** However many facts come, it is asked so often at most. */
const ASK_EVERY_MS = 1_000

/**
 * Asks how far standing orders got whenever a fact may have changed that: facts name the agent, and only the server knows
 * of all that an order holds. Returns what ends it.
 */
export function followOrders(session: OperatorSession): () => void {
  let ended = false
  let asking = false
  let changed = false

  const pause = () => new Promise<void>((resolve) => session.clocks.after(ASK_EVERY_MS, resolve, true))

  const ask = async (): Promise<void> => {
    changed = true
    if (asking) return
    asking = true
    while (changed && !ended && !session.ended && session.replica.orders.size > 0) {
      changed = false
      try {
        const { orders } = await session.read('order.list', {})
        session.countHeld(orders as readonly OrderView[])
      } catch {
        // a count that is out of date would be believed
        changed = true
      }
      await pause()
    }
    asking = false
  }

  const unsubscribe = session.onChange((change) => {
    if (mayMove(change)) void ask()
  })
  void ask()
  return () => {
    ended = true
    unsubscribe()
  }
}

const mayMove = (change: Change): boolean =>
  change.kind === 'snapshot' ||
  (change.kind === 'events' &&
    change.events.some(({ agent, data }) => agent !== undefined || data.order !== undefined))
