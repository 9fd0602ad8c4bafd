import type { OrderView } from '@holdpoint/shared'
import type { AgentDirectory } from '../commands/agent-directory.ts'
import { mayMatch } from '../commands/may-match.ts'

interface OrderPorts {
  readonly directory: Pick<AgentDirectory, 'readable'>
  readonly standingOrders: (tenant: string) => Promise<readonly OrderView[]>
}

/**
 * AG7: what stands, each with how far it got (AG2), so that no console has to read every agent for that. An agent that can't be
 * read may be held and go on: none is said to be halted that nobody knows of.
 */
export async function orderViews(
  { directory, standingOrders }: OrderPorts,
  tenant: string,
): Promise<readonly OrderView[]> {
  const orders = await standingOrders(tenant)
  if (orders.length === 0) return orders
  const held = new Map(orders.map(({ id }) => [id, { agents: 0, halted: 0 }]))
  const { entries, unreadable } = await directory.readable(tenant)
  for (const { id: agent, heldBy, halted } of entries.values())
    for (const id of unreadable.has(agent) ? [] : heldBy) {
      const one = held.get(id)
      if (!one) continue
      one.agents += 1
      if (halted) one.halted += 1
    }
  for (const { id, selector } of orders) {
    const one = held.get(id)
    for (const agent of unreadable) if (one && mayMatch(selector, agent)) one.agents += 1
  }
  return orders.map((order) => ({ ...order, held: held.get(order.id) }))
}
