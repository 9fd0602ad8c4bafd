import {
  compareEpochs,
  type Epoch,
  hasRole,
  iso,
  operatorRoles,
  type Role,
  refused,
  stopSentence,
  storeEpochOf,
} from '@holdpoint/shared'
import type { AgentDocument, Run, StandingOrder } from './agent-document.ts'
import type { AgentCommand, PersonCommand } from './commands.ts'
import type { Draft } from './draft.ts'

type Refused = ReturnType<typeof refused>

/**
 * AG6: only the newest fencing token counts, whatever else is true. One from before history was lost (ST9) counts no
 * more: what happened under it may be forgotten, a stop among it.
 */
export function staleEpoch({ doc, facts }: Draft, epoch: Epoch): Refused | undefined {
  const newest = doc.epoch !== undefined && compareEpochs(epoch, doc.epoch) === 0
  if (newest && storeEpochOf(epoch) >= facts.storeEpoch) return undefined
  return refused('stale_epoch', undefined, { epoch: doc.epoch })
}

/** ID1, AP4: a person's command takes its role by whatever way it came, the wire or a button in a chat. */
export function beneathRole(command: AgentCommand): Refused | undefined {
  if (!('by' in command) || typeof command.by === 'string') return undefined
  const { type, by } = command as PersonCommand
  return hasRole(by.role, operatorRoles[type]) ? undefined : roleTooLow(by.role, operatorRoles[type])
}

/** `forbidden`, naming the role needed. */
export const roleTooLow = (own: Role, needed: Role): Refused =>
  refused('forbidden', `This takes the role ${needed}; yours is ${own}.`, { role: needed })

/** The unfinished run that this epoch holds, or why it may not act (PO1). */
export function heldRun(draft: Draft, epoch: Epoch): Run | Refused {
  const { doc } = draft
  const stale = staleEpoch(draft, epoch)
  if (stale) return stale
  if (doc.machine.context.locked) return stoppedBy(doc, 'agent_stopped')
  if (!doc.run) return refused('agent_stopped')
  if (doc.run.released)
    return refused('lease_lost', 'This process gave its lease back; start again, taking the run over.')
  return doc.run
}

/** Stopped, by whom and why where that is on record. */
export const notRunning = (doc: AgentDocument): Refused =>
  doc.machine.context.locked ? stoppedBy(doc, 'agent_locked') : refused('agent_stopped')

function stoppedBy({ stopped }: AgentDocument, code: 'agent_stopped' | 'agent_locked'): Refused {
  if (stopped?.by === undefined)
    return refused(code, code === 'agent_stopped' ? 'An operator stopped this agent.' : undefined)
  const { at, by, reason } = stopped
  const next = code === 'agent_locked' ? ' It is locked until it is reinstated.' : ''
  return refused(code, `${stopSentence({ by, reason })}${next}`, { stopped: { at: iso(at), by, reason } })
}

export const isRefused = (value: object): value is Refused => 'ok' in value && value.ok === false

/** The order that holds the agent hardest, if any: a stop before a pause. */
export const holdingOrder = (doc: AgentDocument): StandingOrder | undefined =>
  doc.heldBy.find((order) => order.effect === 'stop') ?? doc.heldBy[0]

/** PO1: paused, or under an order, though its machine has not been moved yet. */
export const isHeld = (doc: AgentDocument): boolean =>
  doc.machine.state === 'paused' || holdingOrder(doc) !== undefined
