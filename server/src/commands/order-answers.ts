import type { OrderView } from '@holdpoint/shared'

/**
 * Who gave a definite answer to an order that is not on record for everybody yet, so that only the others are asked again: one
 * agent that never answers would cost a command of each of all others every time. Only what this node has heard itself; where
 * that is lost, or was heard by another, everybody is asked once more, which changes nothing of who has it already.
 */
export class OrderAnswers {
  readonly #tenants = new Map<string, Map<string, Set<string>>>()

  note(tenant: string, order: OrderView, agent: string): void {
    const orders = this.#tenants.get(tenant) ?? new Map<string, Set<string>>()
    this.#tenants.set(tenant, orders)
    const key = keyOf(order)
    orders.set(key, (orders.get(key) ?? new Set()).add(agent))
  }

  has(tenant: string, order: OrderView, agent: string): boolean {
    return this.#tenants.get(tenant)?.get(keyOf(order))?.has(agent) ?? false
  }

  /** Forgets all others: whoever recorded them, nobody asks for them again. */
  keepOnly(tenant: string, unfinished: readonly OrderView[]): void {
    const open = new Set(unfinished.map(keyOf))
    const orders = this.#tenants.get(tenant)
    for (const key of orders?.keys() ?? []) if (!open.has(key)) orders?.delete(key)
  }
}

/** Who has an order does not have its lifting. */
const keyOf = ({ id, lifted }: OrderView): string => (lifted ? `${id} lifted` : id)
