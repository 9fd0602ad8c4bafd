import { canonicalText, iso, makeEpoch, type Refusal, refused } from '@holdpoint/shared'
import type { AgentDocument, Identity, Run } from './agent-document.ts'
import type { AgentOwnCommand, Facts, SystemCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { heldRun, isRefused, notRunning } from './guards.ts'
import { endRun, recordRun } from './run-end.ts'
import { applyOrders, newlyMatching } from './standing-orders.ts'
import { endAsUnknown, markWhatWaits, rememberUnsettled } from './unsettled.ts'

type Starting = Extract<AgentOwnCommand, { type: 'run.start' }>
type Completing = Extract<AgentOwnCommand, { type: 'run.complete' }>
type Releasing = Extract<AgentOwnCommand, { type: 'lease.release' }>

/**
 * Starts a run, or takes the unfinished one over (AG6).
 * Errors: `agent_locked`, `paused` (an ancestor), `under_order` (a standing stop), `conflict` (an unfinished run; with `retryAfterMs` while
 * its holder's lease, or one that history has forgotten, may still be out).
 */
export function start(draft: Draft, { body, identity }: Starting): Decision<AgentDocument> {
  const { doc, facts } = draft
  // AG7: by the labels it comes with; who matches only now is turned away, and nothing of it is changed.
  const newcomer = newlyMatching(doc, facts, identity).find((order) => order.effect === 'stop')
  const order = doc.heldBy.find((one) => one.effect === 'stop') ?? newcomer
  if (order)
    return draft.refuse(
      refused('under_order', `Order ${order.id} stops this agent: ${order.reason}`, { order }),
    )
  if (doc.machine.context.locked) return draft.refuse(notRunning(doc))
  if (facts.heldAncestor) return draft.refuse(belowHeld(facts.heldAncestor))
  if (facts.forgottenLeaseMs > 0)
    return draft.refuse(
      later(
        'History was lost, and with it perhaps a process that may still act; try again when its lease has run out.',
        facts.forgottenLeaseMs,
      ),
    )
  const { run } = doc
  const value = run ? takeOver(draft, run, body) : begin(draft, body)
  if (isRefused(value)) return draft.refuse(value)
  describe(draft, body, identity)
  applyOrders(draft)
  return draft.done(
    { run: { id: value.id, epoch: value.epoch }, leaseMs: value.leaseMs },
    { holder: value.id },
  )
}

/** AG8: what would start below it, or be taken over, might do what it is kept from. What runs there already goes on. */
function belowHeld({ id, how }: NonNullable<Facts['heldAncestor']>) {
  const [code, rest] =
    how === 'locked'
      ? (['agent_locked', 'is locked, and with it what would run below it'] as const)
      : (['paused', 'is paused, and nothing starts below it until it goes on'] as const)
  return refused(code, `"${id}" ${rest}.`, { agent: id })
}

/** A new run: what the last one began and never reported is now known to stay unknown. */
function begin(draft: Draft, body: Starting['body']): Run | ReturnType<typeof refused> {
  if (body.run !== undefined)
    return refused('conflict', 'That run is over; start without naming it to begin another.')
  const haltsInMs = untilHalted(draft)
  if (haltsInMs > 0)
    return later('The process of the last run may not have halted yet; try again.', haltsInMs)
  const { at, ids } = draft.facts
  for (const item of draft.doc.approvals) {
    rememberUnsettled(draft, item, undefined)
    endAsUnknown(draft, item, 'system')
  }
  const run: Run = {
    id: ids.item,
    epoch: nextEpoch(draft),
    instance: body.instance,
    startedAt: at,
    task: body.task,
    leaseMs: leaseOf(draft, body),
    released: false,
  }
  draft.move('start')
  draft.update({ run, epoch: run.epoch, control: undefined, acknowledged: undefined })
  fitPause(draft)
  recordRun(draft, run, 'running')
  draft.log('agent.started', draft.doc.id, { run: { id: run.id, epoch: run.epoch }, task: run.task })
  return run
}

/**
 * AG6: nobody acknowledged the stop that ended the last run, so its process may act until its lease has run out: by the
 * store's clock, and by one that nobody can set ahead (PR8).
 */
function untilHalted({ doc, facts }: Draft): number {
  const { control } = doc
  if (control?.wanted !== 'stopped' || control.acknowledged || control.enforced) return 0
  return Math.max(control.enforcedBy - facts.at, facts.leaseLeftMs)
}

/** AG8: a pause outlives the run it was given in, unless all that asked for it is gone. */
function fitPause(draft: Draft): void {
  const { pausedByPerson, heldBy, machine } = draft.doc
  const wanted = pausedByPerson || heldBy.length > 0
  if (wanted && machine.state === 'running') draft.move('pause')
  if (!wanted && machine.state === 'paused') draft.move('resume')
}

function takeOver(draft: Draft, held: Run, body: Starting['body']): Run | ReturnType<typeof refused> {
  const { leaseLeftMs } = draft.facts
  if (!body.takeover || (body.run !== undefined && body.run !== held.id))
    return refused('conflict', 'This agent has an unfinished run; start with takeover to go on with it.', {
      run: { id: held.id, epoch: held.epoch, startedAt: iso(held.startedAt), released: held.released },
    })
  if (!held.released && held.instance !== body.instance && leaseLeftMs > 0) {
    contest(draft, held)
    return later('Another process may still hold the lease; try again when it has run out.', leaseLeftMs)
  }
  const run: Run = {
    ...held,
    epoch: nextEpoch(draft),
    instance: body.instance,
    leaseMs: leaseOf(draft, body),
    released: false,
    contestedAt: undefined,
  }
  draft.move('takeover')
  draft.update({ run, epoch: run.epoch, acknowledged: undefined })
  recordRun(draft, run, 'running')
  markWhatWaits(draft)
  draft.tell('run.superseded', draft.doc.id, { epoch: held.epoch, run: { id: run.id, epoch: run.epoch } })
  return run
}

/**
 * AG6: any node may renew the lease of the process that holds the run, so nobody could tell when it runs out. Once this is
 * on record no node renews it without taking it back first (`keep`): if nobody does, it has run out one lease from here.
 */
function contest(draft: Draft, held: Run): void {
  const { at, leasesElsewhere } = draft.facts
  if (!leasesElsewhere || held.contestedAt !== undefined) return
  draft.update({ run: { ...held, contestedAt: at } })
  draft.log('run.contested', draft.doc.id, { run: { id: held.id, epoch: held.epoch } })
}

/** AG6: the process that holds the run lives. Errors: `stale_epoch`, `agent_stopped`, `lease_lost`. */
export function keep(
  draft: Draft,
  { epoch }: Extract<SystemCommand, { type: 'run.keep' }>,
): Decision<AgentDocument> {
  const run = heldRun(draft, epoch)
  if (isRefused(run)) return draft.refuse(run)
  if (run.contestedAt === undefined) return draft.unchanged()
  draft.update({ run: { ...run, contestedAt: undefined } })
  return draft.done({})
}

const later = (message: string, retryAfterMs: number): { readonly ok: false; readonly error: Refusal } => ({
  ok: false,
  error: { ...refused('conflict', message, { retryAfterMs }).error, retryable: true },
})

/** What the token and the process say of the agent. */
function describe(draft: Draft, body: Starting['body'], identity: Identity): void {
  const { name, framework } = draft.doc
  draft.update({ identity, name: body.name ?? name, framework: body.framework ?? framework })
}

function nextEpoch({ doc, facts }: Draft) {
  const n = Number(doc.epoch?.split('.')[1] ?? 0)
  return makeEpoch(facts.storeEpoch, n + 1)
}

const leaseOf = ({ facts }: Draft, { leaseMs }: Starting['body']): number =>
  Math.min(leaseMs ?? facts.policy.lease.defaultMs, facts.policy.lease.maxMs)

/** The agent is done with its run. Errors: `stale_epoch`, `agent_stopped`. */
export function complete(draft: Draft, { body }: Completing): Decision<AgentDocument> {
  const run = heldRun(draft, body.epoch)
  if (isRefused(run)) return draft.refuse(run)
  draft.move('complete')
  draft.tell('agent.completed', draft.doc.id, { run: { id: run.id }, result: body.result })
  endRun(draft, 'completed')
  return draft.done({})
}

/** AG6: a clean exit gives the lease back. The run stays open for another process to take over. */
export function release(draft: Draft, { body }: Releasing): Decision<AgentDocument> {
  const run = heldRun(draft, body.epoch)
  if (isRefused(run)) return draft.refuse(run)
  draft.update({ run: { ...run, released: true } })
  draft.log('agent.left', draft.doc.id, { run: { id: run.id, epoch: run.epoch } })
  return draft.done({})
}

/** ID2, AG7: a renewed token's labels count from now on, and with them the orders that they match. */
export function refreshIdentity(
  draft: Draft,
  { identity }: Extract<SystemCommand, { type: 'identity.refresh' }>,
): Decision<AgentDocument> {
  if (canonicalText(identity) === canonicalText(draft.doc.identity)) return draft.unchanged()
  draft.update({ identity })
  draft.log('agent.identified', draft.doc.id, { labels: identity.labels, owner: identity.owner })
  applyOrders(draft)
  return draft.done({})
}
