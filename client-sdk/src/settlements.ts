import type { ApprovalView, TicketView } from '@holdpoint/shared'
import { type Deferred, deferred } from './deferred.ts'

/** What may settle: an approval, or a ticket or question. */
type Settled = ApprovalView | TicketView

/** Final for good. A status from a newer server is none of these: whoever waits goes on waiting. */
const FINAL: ReadonlySet<Settled['status']> = new Set<Settled['status']>([
  'approved',
  'auto_approved',
  'denied',
  'expired',
  'cancelled',
  'resolved',
])

/** How many settlements are kept for waits that have not begun yet: their push may overtake the answer. */
const KEPT = 256

/** Who waits for which item. Several may wait for the same one (AP7 folds requests). */
export class Settlements {
  readonly #waits = new Map<
    string,
    { readonly kind: 'approval' | 'ticket'; readonly settled: Deferred<Settled> }
  >()
  readonly #early = new Map<string, Settled>()
  #ended: unknown

  /** Errors: what `end` was given. */
  async wait(kind: 'approval', id: string): Promise<ApprovalView>
  async wait(kind: 'ticket', id: string): Promise<TicketView>
  async wait(kind: 'approval' | 'ticket', id: string): Promise<Settled> {
    if (this.#ended !== undefined) throw this.#ended
    const early = this.#early.get(id)
    if (early) return early
    let wait = this.#waits.get(id)
    if (!wait) {
      wait = { kind, settled: deferred() }
      this.#waits.set(id, wait)
    }
    return wait.settled.promise
  }

  /** Takes note of where an item stands; does nothing while it is open. */
  take(view: Settled): void {
    if (!FINAL.has(view.status)) return
    const wait = this.#waits.get(view.id)
    this.#waits.delete(view.id)
    wait?.settled.resolve(view)
    this.#early.set(view.id, view)
    if (this.#early.size > KEPT)
      for (const oldest of this.#early.keys()) return void this.#early.delete(oldest)
  }

  /** What is being waited for, except these. */
  awaitedBeside(
    ids: ReadonlySet<string>,
  ): readonly { readonly kind: 'approval' | 'ticket'; readonly id: string }[] {
    return [...this.#waits].filter(([id]) => !ids.has(id)).map(([id, { kind }]) => ({ kind, id }))
  }

  end(error: unknown): void {
    this.#ended = error
    for (const { settled } of this.#waits.values()) settled.reject(error)
    this.#waits.clear()
  }
}
