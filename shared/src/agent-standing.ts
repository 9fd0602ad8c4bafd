import type { AgentState } from './agent-machine.ts'

/** What a pause or stop came to, of a view or a document. */
interface ControlStages {
  readonly acknowledged?: unknown
  readonly enforced?: unknown
}

/** Nothing is left to wait for: the agent acknowledged it, or its lease enforced it (AG2). */
export const isSettled = (control: ControlStages): boolean =>
  control.acknowledged !== undefined || control.enforced !== undefined

/** `stopped` by nobody: its run is over, or never began. One that is locked, or still stopping, was stopped. */
export const hasNoRun = ({
  state,
  locked,
  control,
}: {
  readonly state: AgentState
  readonly locked: boolean
  readonly control?: ControlStages | undefined
}): boolean => state === 'stopped' && !locked && (control === undefined || isSettled(control))
