import {
  hasRole,
  iso,
  type Matchable,
  matches,
  type OrderView,
  ok,
  type Policy,
  parseSelector,
  refused,
  SECOND,
  type Target,
} from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision, Effects } from './effects.ts'

/** A tenant's standing orders (AG7). `version` grows with every one placed or lifted; agents compare by it. */
export interface OrdersDocument {
  readonly schema: 1
  readonly version: number
  readonly standing: readonly OrderView[]
  /** Placed or lifted, and not yet recorded on every agent; taken up again after a crash. */
  readonly unfinished: readonly OrderView[]
}

export type OrdersCommand =
  | {
      readonly type: 'order.place'
      readonly effect: 'pause' | 'stop'
      readonly target: Target
      readonly reason: string
      readonly by: Person
    }
  | { readonly type: 'order.lift'; readonly id: string; readonly reason: string; readonly by: Person }
  /** Every agent that matched has it on record. */
  | { readonly type: 'order.recorded'; readonly id: string; readonly version: number }

/** How long the node that placed an order has to record it on every agent before another takes it up. */
const FAN_OUT_GRACE_MS = 5 * SECOND

export const noOrders: OrdersDocument = { schema: 1, version: 0, standing: [], unfinished: [] }

export function readOrdersDocument(stored: unknown): OrdersDocument {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`an orders document of schema ${schema} needs a newer server`)
  return stored as OrdersDocument
}

/** Whether a standing order covers the agent (AG7). */
export const isUnderOrder = (orders: OrdersDocument, agent: Matchable): boolean =>
  orders.standing.some((order) => matches(order.selector, agent))

/** Whether this target is one order rather than one agent's own command. */
export const isOrderTarget = (target: Target): boolean => !('agent' in target) || target.children === true

/** Pure. Errors: `invalid` selector, `rate_limited` beyond the cap, `not_found`, `forbidden`. */
export function decideOrders(
  doc: OrdersDocument,
  command: OrdersCommand,
  facts: { readonly at: number; readonly id: string; readonly policy: Policy },
): Decision<OrdersDocument> {
  switch (command.type) {
    case 'order.place':
      return place(doc, command, facts)
    case 'order.lift':
      return lift(doc, command, facts.at)
    case 'order.recorded':
      return recorded(doc, command)
  }
}

type Placing = Extract<OrdersCommand, { type: 'order.place' }>
type Lifting = Extract<OrdersCommand, { type: 'order.lift' }>

function place(
  doc: OrdersDocument,
  { effect, target, reason, by }: Placing,
  { at, id, policy }: { readonly at: number; readonly id: string; readonly policy: Policy },
): Decision<OrdersDocument> {
  if ('labels' in target) {
    const selector = parseSelector(target.labels)
    if (!selector.ok) return { answer: selector }
  }
  if (doc.standing.length >= policy.caps.orders && !isForEverybody(doc, effect, target))
    return {
      answer: refused('rate_limited', `There are ${doc.standing.length} standing orders; lift some first.`),
    }
  const order: OrderView = { id, effect, selector: target, by: by.id, reason, at: iso(at) }
  return {
    answer: ok({ order }),
    effects: {
      ...effects(
        {
          ...doc,
          version: doc.version + 1,
          standing: [...doc.standing, order],
          unfinished: [...doc.unfinished, order],
        },
        order,
        { type: 'order.placed', by: by.id },
      ),
      deadlines: { set: [{ name: `fan-out:${id}`, dueAt: at + FAN_OUT_GRACE_MS }], clear: [] },
    },
  }
}

/** What is to hold everybody finds a place, however many orders stand: nobody must have to look for one to lift in an emergency. */
const isForEverybody = ({ standing }: OrdersDocument, effect: OrderView['effect'], target: Target): boolean =>
  'all' in target && !standing.some((one) => one.effect === effect && 'all' in one.selector)

function lift(doc: OrdersDocument, { id, reason, by }: Lifting, at: number): Decision<OrdersDocument> {
  const order = doc.standing.find((one) => one.id === id)
  if (!order)
    return {
      answer: refused('not_found', 'There is no standing order with that id; it may have been lifted.'),
    }
  // Lifting a stop frees what an approver would have to reinstate, so it takes the same role.
  const needed = order.effect === 'stop' ? 'approver' : 'operator'
  if (!hasRole(by.role, needed))
    return { answer: refused('forbidden', `Lifting a ${order.effect} order needs the role ${needed}.`) }
  const lifted: OrderView = { ...order, lifted: { at: iso(at), by: by.id, reason } }
  return {
    answer: ok({ order: lifted }),
    effects: {
      ...effects(
        {
          ...doc,
          version: doc.version + 1,
          standing: doc.standing.filter((one) => one.id !== id),
          unfinished: [...doc.unfinished.filter((one) => one.id !== id), lifted],
        },
        lifted,
        { type: 'order.lifted', by: by.id },
      ),
      deadlines: { set: [{ name: `fan-out:${id}`, dueAt: at + FAN_OUT_GRACE_MS }], clear: [] },
    },
  }
}

/** A fan-out that an overtaking lift made obsolete must not mark the lift as recorded: versions tell them apart. */
function recorded(
  doc: OrdersDocument,
  { id, version }: Extract<OrdersCommand, { type: 'order.recorded' }>,
): Decision<OrdersDocument> {
  if (!doc.unfinished.some((one) => one.id === id) || version !== doc.version)
    return { answer: ok({ finished: false }) }
  return {
    answer: ok({ finished: true }),
    effects: {
      ...nothingBut({ ...doc, unfinished: doc.unfinished.filter((one) => one.id !== id) }),
      deadlines: { set: [], clear: [`fan-out:${id}`] },
    },
  }
}

/** For a command that changes nothing of the orders, and whose key is remembered all the same. */
export const nothingBut = (doc: OrdersDocument): Effects<OrdersDocument> => ({
  doc,
  events: [],
  deadlines: { set: [], clear: [] },
  records: [],
  blobs: [],
  closeHolders: [],
})

const effects = (
  doc: OrdersDocument,
  order: OrderView,
  { type, by }: { readonly type: string; readonly by: string },
): Effects<OrdersDocument> => ({
  ...nothingBut(doc),
  events: [{ type, by, data: { order } }],
  records: [
    {
      kind: 'order',
      id: order.id,
      status: order.lifted ? 'lifted' : 'standing',
      open: !order.lifted,
      at: Date.parse(order.at),
      data: order,
    },
  ],
})
