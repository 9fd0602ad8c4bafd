import type { Control } from './agent-document.ts'
import type { Draft } from './draft.ts'

/** Moves to `paused`, whoever asked for it. */
export function pauseNow(draft: Draft, by: string, details: Readonly<Record<string, unknown>>): void {
  draft.move('pause')
  want(draft, 'paused', by)
  draft.tell('agent.paused', by, details)
}

/**
 * By a rule of the policy: as if a person had, so that only a person lets it go on. That counts also where something else
 * holds it already, or it would go on with that.
 */
export function pauseByRule(
  draft: Draft,
  details: { readonly reason: string } & Readonly<Record<string, unknown>>,
): void {
  const { state } = draft.doc.machine
  if (state === 'stopped' || (state === 'paused' && draft.doc.pausedByPerson)) return
  draft.update({ pausedByPerson: true })
  if (state === 'paused') draft.log('agent.held', 'system', { ...details, before: state })
  else pauseNow(draft, 'system', { ...details, before: state })
}

/** AG2: wanted from now on; the lease that may be out enforces it at the latest then. */
export function want(draft: Draft, wanted: Control['wanted'], by: string): void {
  const { at, leaseLeftMs } = draft.facts
  const enforcedBy = at + Math.ceil(leaseLeftMs)
  draft.update({
    control: {
      wanted,
      seq: draft.doc.seq + 1,
      requested: { at, by },
      enforcedBy,
      // Stopped again, it is still the last run's process that may act; one that completed its run has halted.
      leaseMs: draft.doc.run?.leaseMs ?? draft.doc.control?.leaseMs ?? 0,
    },
  })
  draft.setDeadline('halt', enforcedBy)
}
