import { compareEpochs, type Epoch, refused, storeEpochOf } from '@holdpoint/shared'
import type { AgentDocument } from '../domain/agent-document.ts'
import type { Answer } from '../domain/commands.ts'
import { notRunning } from '../domain/guards.ts'
import { isUnderOrder, type OrdersDocument } from '../domain/orders.ts'

/** A run's identity, as a process that resumes it names it. */
export interface HeldRun {
  readonly run: string
  readonly epoch: Epoch
  readonly instance: string
}

/** AG6: a later process holds, or held, the agent's run. */
export const isSuperseded = (doc: AgentDocument | undefined, epoch: Epoch): boolean =>
  doc?.epoch !== undefined && compareEpochs(doc.epoch, epoch) > 0

export const superseded = (doc: AgentDocument | undefined) =>
  refused('stale_epoch', undefined, { epoch: doc?.epoch })

/** AG6, ST9: the newest fencing token, handed out since history was last lost. */
export const isNewest = (doc: AgentDocument, epoch: Epoch, storeEpoch: number): boolean =>
  doc.epoch !== undefined && compareEpochs(epoch, doc.epoch) === 0 && storeEpochOf(epoch) >= storeEpoch

/** AG4: whether the process that holds this epoch may act at all. */
export function mayAct(
  doc: AgentDocument,
  epoch: Epoch,
  orders: OrdersDocument,
  storeEpoch: number,
): boolean {
  const { run, machine, heldBy, identity, id } = doc
  if (!run || run.released || run.epoch !== epoch || storeEpochOf(epoch) < storeEpoch) return false
  if (heldBy.length > 0 || (machine.state !== 'running' && machine.state !== 'awaiting_input')) return false
  // an order binds from its own commit on, whether or not the document has heard of it
  return !isUnderOrder(orders, { id, labels: identity.labels })
}

/** Why a process may not go on with the run that it says it holds; undefined where it may. */
export function notHolder(
  doc: AgentDocument | undefined,
  { run, epoch, instance }: HeldRun,
  storeEpoch: number,
): Answer | undefined {
  if (!doc) return refused('not_found')
  if (!isNewest(doc, epoch, storeEpoch)) return superseded(doc)
  if (!doc.run) return notRunning(doc)
  if (doc.run.id !== run || doc.run.epoch !== epoch || doc.run.instance !== instance) return superseded(doc)
  return undefined
}
