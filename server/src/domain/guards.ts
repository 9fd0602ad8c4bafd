import { compareEpochs, type Epoch, refused } from '@holdpoint/shared'
import type { AgentDocument, Run, StandingOrder } from './agent-document.ts'

type Refused = ReturnType<typeof refused>

/** AG6: only the newest fencing token counts, whatever else is true. */
export function staleEpoch(doc: AgentDocument, epoch: Epoch): Refused | undefined {
  if (doc.epoch !== undefined && compareEpochs(epoch, doc.epoch) === 0) return undefined
  return refused('stale_epoch', undefined, { epoch: doc.epoch })
}

/** The unfinished run that this epoch holds, or why it may not act (PO1). */
export function heldRun(doc: AgentDocument, epoch: Epoch): Run | Refused {
  const stale = staleEpoch(doc, epoch)
  if (stale) return stale
  if (doc.machine.context.locked) return refused('agent_stopped', 'An operator stopped this agent.')
  if (!doc.run) return refused('agent_stopped')
  if (doc.run.released)
    return refused('lease_lost', 'This process gave its lease back; start again, taking the run over.')
  return doc.run
}

export const isRefused = (value: object): value is Refused => 'ok' in value && value.ok === false

/** The order that holds the agent hardest, if any: a stop before a pause. */
export const holdingOrder = (doc: AgentDocument): StandingOrder | undefined =>
  doc.heldBy.find((order) => order.effect === 'stop') ?? doc.heldBy[0]

/** PO1: paused, or under an order, though its machine has not been moved yet. */
export const isHeld = (doc: AgentDocument): boolean =>
  doc.machine.state === 'paused' || holdingOrder(doc) !== undefined
