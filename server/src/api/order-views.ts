import type { OrderView } from '@holdpoint/shared'
import type { AgentDirectory } from '../commands/agent-directory.ts'

interface OrderPorts {
  readonly directory: Pick<AgentDirectory, 'all'>
  readonly standingOrders: (tenant: string) => Promise<readonly OrderView[]>
}

/** AG7: what stands, each with how far it got (AG2), so that no console has to read every agent for that. */
export async function orderViews(
  { directory, standingOrders }: OrderPorts,
  tenant: string,
): Promise<readonly OrderView[]> {
  const orders = await standingOrders(tenant)
  if (orders.length === 0) return orders
  const held = new Map(orders.map(({ id }) => [id, { agents: 0, halted: 0 }]))
  for (const { heldBy, halted } of (await directory.all(tenant)).values())
    for (const id of heldBy) {
      const one = held.get(id)
      if (!one) continue
      one.agents += 1
      if (halted) one.halted += 1
    }
  return orders.map((order) => ({ ...order, held: held.get(order.id) }))
}
