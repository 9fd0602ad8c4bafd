import type { Epoch } from '@holdpoint/shared'
import type { AgentDocument } from '../domain/agent-document.ts'
import type { StoredEvent } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'
import type { Fence, LeaseTable } from './leases.ts'

/** Where a document of an earlier version does not say how long the lease was: as long as policy ever allowed. */
const LONGEST_LEASE_MS = 60_000

/** AG4, AG6: for how long at most some process may act under a lease of this agent, ms. */
export function leaseLeftMs(leases: LeaseTable, agent: AgentKey, doc: AgentDocument | undefined): number {
  const run = doc?.run?.released ? undefined : doc?.run
  return leases.leftMs(agent, run?.leaseMs ?? 0, doc && fenceOf(doc))
}

/** What keeps every node from granting this agent anything, where there is such a thing. */
function fenceOf({ control, run }: AgentDocument): Fence | undefined {
  if (control)
    return {
      name: controlFence(control.seq),
      lastsMs: control.leaseMs ?? run?.leaseMs ?? LONGEST_LEASE_MS,
    }
  if (run?.contestedAt === undefined) return undefined
  return { name: contestFence(run.epoch, run.contestedAt), lastsMs: run.leaseMs }
}

/** The fence that an event puts up, as the document that was written with it names it. */
export function fenceOfEvent({ type, at, data, push }: StoredEvent): string | undefined {
  switch (type) {
    case 'agent.paused':
    case 'agent.stopped':
      return push && controlFence(push.seq)
    case 'run.contested':
      return contestFence((data.run as { readonly epoch: Epoch }).epoch, at)
    default:
      return undefined
  }
}

const controlFence = (seq: number): string => `control ${seq}`
const contestFence = (epoch: Epoch, at: number): string => `contest ${epoch} ${at}`
