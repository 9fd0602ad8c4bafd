import { refused } from '@holdpoint/shared'
import type { AgentDocument } from './agent-document.ts'
import type { AgentOwnCommand, PersonCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { holdingOrder, notRunning, staleEpoch } from './guards.ts'
import { decideHeldAnew } from './held.ts'
import { deliverable } from './instructions.ts'
import { pauseNow, want } from './pausing.ts'
import { endRun } from './run-end.ts'

type Acknowledging = Extract<AgentOwnCommand, { type: 'control.ack' }>
type Intervening = Extract<
  PersonCommand,
  { type: 'agent.pause' | 'agent.resume' | 'agent.stop' | 'agent.reinstate' }
>

/** IN1 on one agent. Errors (AG1): `agent_stopped`, `agent_locked`, `conflict`, `under_order`. */
export function intervene(draft: Draft, command: Intervening): Decision<AgentDocument> {
  const { doc } = draft
  const barred = barredFrom(doc, command.type)
  if (barred) return draft.refuse(barred)
  const was = doc.machine.state
  const details = { reason: command.reason, before: was }
  if (command.type === 'agent.stop' && doc.machine.context.locked) {
    // On record as everything that a person does (IN1); how far the stop that stands got is not asked for anew.
    draft.log('agent.stopped', command.by.id, details)
    return draft.done({ state: was })
  }
  switch (command.type) {
    case 'agent.pause':
      draft.update({ pausedByPerson: true })
      pauseNow(draft, command.by.id, details)
      break
    case 'agent.resume':
      draft.update({ pausedByPerson: false })
      resumeNow(draft, command.by.id, details)
      break
    case 'agent.stop':
      stopNow(draft, command.by.id, details)
      break
    case 'agent.reinstate':
      draft.move('reinstate')
      draft.update({ stopped: undefined })
      draft.tell('agent.reinstated', command.by.id, details)
      break
  }
  return draft.done({ state: draft.doc.machine.state })
}

function barredFrom(doc: AgentDocument, type: Intervening['type']): ReturnType<typeof refused> | undefined {
  const { state, context } = doc.machine
  const order = holdingOrder(doc)
  const underOrder = () =>
    refused('under_order', `Order ${order?.id} holds this agent; lift the order first.`, { order })
  switch (type) {
    case 'agent.pause':
      if (state === 'stopped') return notRunning(doc)
      return state === 'paused'
        ? refused('conflict', 'The agent is paused already.', { state, order })
        : undefined
    case 'agent.resume':
      if (state === 'stopped') return notRunning(doc)
      if (order) return underOrder()
      return state === 'paused' ? undefined : refused('conflict', 'The agent is not paused.', { state })
    case 'agent.stop':
      return undefined
    case 'agent.reinstate':
      if (order?.effect === 'stop') return underOrder()
      return context.locked ? undefined : refused('conflict', 'The agent is not locked.', { state })
  }
}

/**
 * Lets a paused agent go on; what it asked for meanwhile is decided first, so that it wakes to a true state. With the
 * news it gets the instructions that it has not answered (IN2), in their order: whichever process it is by now. Where a
 * rule pauses for what is decided here it does not go on (ES1).
 */
export function resumeNow(draft: Draft, by: string, details: Readonly<Record<string, unknown>>): void {
  decideHeldAnew(draft)
  if (draft.doc.pausedByPerson) {
    draft.log('agent.unheld', by, details)
    return
  }
  draft.move('resume')
  draft.update({ control: undefined })
  draft.clearDeadline('halt')
  const instructions = deliverable(draft.doc)
  draft.tell('agent.resumed', by, { ...details, ...(instructions.length > 0 && { instructions }) })
}

/** AG: stopped and locked, with its run ended. */
export function stopNow(
  draft: Draft,
  by: string,
  details: { readonly reason?: string | undefined } & Readonly<Record<string, unknown>>,
): void {
  const nothingRuns = draft.doc.run === undefined && draft.facts.leaseLeftMs <= 0
  draft.move('stop')
  draft.update({ stopped: { at: draft.facts.at, by, reason: details.reason } })
  if (nothingRuns) wantNothing(draft)
  else want(draft, 'stopped', by)
  draft.tell('agent.stopped', by, details)
  endRun(draft, 'stopped')
}

/** AG2: there is no process that could acknowledge it, and none that a lease would have to halt. */
function wantNothing(draft: Draft): void {
  const { control } = draft.doc
  if (control?.wanted === 'stopped' && !control.acknowledged && !control.enforced) return
  draft.update({ control: undefined })
  draft.clearDeadline('halt')
}

/** AG2: what the process says it keeps to. Written only where it tells something new. */
export function acknowledgeControl(draft: Draft, { body }: Acknowledging): Decision<AgentDocument> {
  const { doc, facts } = draft
  const stale = staleEpoch(draft, body.epoch)
  if (stale) return draft.refuse(stale)
  const { control, acknowledged } = doc
  const mark = { state: body.state, seq: Math.min(body.seq, doc.seq), at: facts.at }
  // A stop ends the epoch's run, so there is but one that a process can mean, whatever it has heard by then: it may
  // have it from the notice of an order that is recorded here only now.
  const means = body.state === 'stopped' || body.seq >= (control?.seq ?? 0)
  if (control && !control.acknowledged && body.state === control.wanted && means) {
    draft.update({
      acknowledged: mark,
      control: { ...control, acknowledged: { at: facts.at, by: doc.id } },
    })
    draft.clearDeadline('halt')
    draft.log('control.acknowledged', doc.id, { state: body.state })
    return draft.done({})
  }
  const news = acknowledged !== undefined && acknowledged.state !== body.state && body.seq >= acknowledged.seq
  if (!news || body.state !== doc.machine.state) return draft.unchanged()
  draft.update({ acknowledged: mark })
  draft.log('control.acknowledged', doc.id, { state: body.state })
  return draft.done({})
}

/** AG2: the push that carried it was written to the agent's socket. */
export function noteDelivered(draft: Draft, seq: number): Decision<AgentDocument> {
  const { control } = draft.doc
  if (!control || control.delivered || control.acknowledged || seq < control.seq) return draft.unchanged()
  draft.update({ control: { ...control, delivered: { at: draft.facts.at } } })
  draft.log('control.delivered', 'system', { wanted: control.wanted })
  return draft.done({})
}

/** AG2, AG4: nobody acknowledged it, and every lease that was out has run out. */
export function enforceIfDue(draft: Draft): Decision<AgentDocument> {
  const { control } = draft.doc
  const due = control && !control.acknowledged && !control.enforced && draft.facts.at >= control.enforcedBy
  if (!due) return draft.unchanged()
  const { at, leaseLeftMs } = draft.facts
  if (leaseLeftMs > 0) {
    // The store's clock was set ahead; how long a lease lasts is measured by a clock that can't be (PR8).
    const enforcedBy = at + Math.ceil(leaseLeftMs)
    draft.update({ control: { ...control, enforcedBy } })
    draft.setDeadline('halt', enforcedBy)
    return draft.done({})
  }
  draft.update({ control: { ...control, enforced: { at: draft.facts.at, by: 'lease' } } })
  draft.log('control.enforced', 'system', { wanted: control.wanted })
  return draft.done({})
}
