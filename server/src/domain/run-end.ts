import { iso } from '@holdpoint/shared'
import type { Run } from './agent-document.ts'
import type { Draft } from './draft.ts'
import { lapse, putInstruction } from './items.ts'
import { withdraw } from './releases.ts'
import { cancelTicket } from './tickets.ts'

/** AG6: stop and complete end what nobody decided, what nobody began and what the agent did not answer. */
export function endRun(draft: Draft, status: 'completed' | 'stopped'): void {
  const { run } = draft.doc
  if (run) {
    draft.update({ run: undefined })
    recordRun(draft, run, status, { endedAt: iso(draft.facts.at) })
    draft.close(run.id)
  }
  for (const item of draft.doc.approvals) {
    if (item.status === 'pending') withdraw(draft, item, `Its run was ${status}.`, 'system')
    else if (!item.begun) lapse(draft, item)
  }
  for (const ticket of draft.doc.tickets)
    if (ticket.kind === 'question' || ticket.blocking) cancelTicket(draft, ticket)
  for (const instruction of draft.doc.instructions)
    putInstruction(
      draft,
      instruction,
      { status: 'cancelled' },
      { type: 'instruction.cancelled', by: 'system' },
    )
}

/** Writes the run's record. */
export function recordRun(
  draft: Draft,
  run: Run,
  status: 'running' | 'completed' | 'stopped',
  more: object = {},
): void {
  draft.record({
    kind: 'run',
    id: run.id,
    agent: draft.doc.id,
    status,
    open: status === 'running',
    at: run.startedAt,
    data: {
      id: run.id,
      agent: draft.doc.id,
      epoch: run.epoch,
      startedAt: iso(run.startedAt),
      task: run.task,
      status,
      ...more,
    },
  })
}
