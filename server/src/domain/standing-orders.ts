import { matches } from '@holdpoint/shared'
import type { AgentDocument, Identity, StandingOrder } from './agent-document.ts'
import type { Facts } from './commands.ts'
import { resumeNow, stopNow } from './control.ts'
import type { Draft } from './draft.ts'
import { pauseNow } from './pausing.ts'

/**
 * Brings the agent in line with the standing orders (AG7). Every command does so first, so that an order binds from
 * its own commit on, whether or not its fan-out has come by. Whom an order has caught it holds until it is lifted,
 * whatever labels the agent has by then.
 * Facts older than what the document has seen are left alone: a lagging reader must neither lift an order nor carry out one
 * that was lifted. `record`: that it has seen them is worth a write of its own. `stops`: what comes next stops the agent, so
 * nothing is decided of what it asked for meanwhile: that would be for nothing, and a stop rests on nobody's relatives.
 */
export function applyOrders(draft: Draft, { record = false, stops = false } = {}): void {
  const { doc, facts } = draft
  if (facts.ordersVersion < doc.ordersVersion) return
  const placed = newlyMatching(doc, facts, doc.identity)
  const kept = doc.heldBy.filter((known) => facts.orders.some((order) => order.id === known.id))
  const lifted = doc.heldBy.filter((known) => !kept.includes(known))
  if (placed.length === 0 && lifted.length === 0) {
    if (facts.ordersVersion === doc.ordersVersion) return
    const seen = { ordersVersion: facts.ordersVersion }
    if (record) draft.update(seen)
    // beside whatever else is written
    else draft.doc = { ...doc, ...seen }
    return
  }
  draft.update({ heldBy: [...kept, ...placed], ordersVersion: facts.ordersVersion })
  for (const order of placed) carryOut(draft, order)
  if (lifted.length > 0) letGo(draft, lifted, stops)
}

/** Whether applying them would change anything. */
export const concernedBy = (doc: AgentDocument, orders: Facts['orders']): boolean =>
  doc.heldBy.some((known) => !orders.some(({ id }) => id === known.id)) ||
  newlyMatching(doc, { orders }, doc.identity).length > 0

/** The orders that would newly hold the agent, were this its identity. */
export const newlyMatching = (
  doc: AgentDocument,
  { orders }: Pick<Facts, 'orders'>,
  identity: Identity,
): StandingOrder[] =>
  orders
    .filter((order) => !doc.heldBy.some((known) => known.id === order.id))
    .filter((order) => matches(order.selector, { id: doc.id, labels: identity.labels }))
    .map(({ id, effect, by, reason }) => ({ id, effect, by, reason }))

function carryOut(draft: Draft, order: StandingOrder): void {
  const { state } = draft.doc.machine
  const details = { reason: order.reason, order: order.id, before: state }
  if (order.effect === 'stop') stopNow(draft, order.by, details)
  // Stopped: its next start is paused. Paused: it stays so when whoever paused it lets go.
  else if (state === 'running' || state === 'awaiting_input') pauseNow(draft, order.by, details)
  else draft.log('agent.held', order.by, details)
}

/** A lifted stop leaves the agent locked until somebody reinstates it; a lifted pause lets it go on. */
function letGo(draft: Draft, lifted: readonly StandingOrder[], stops: boolean): void {
  const { machine, pausedByPerson, heldBy } = draft.doc
  const details = { orders: lifted.map((order) => order.id), before: machine.state }
  const goesOn = !stops && machine.state === 'paused' && !pausedByPerson && heldBy.length === 0
  if (goesOn) resumeNow(draft, 'system', details)
  else draft.log('agent.unheld', 'system', details)
}
