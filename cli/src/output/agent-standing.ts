import { type AgentView, type ControlView, hasNoRun, isSettled } from '@holdpoint/shared'
import { duration } from './format.ts'

/**
 * What is wanted of an agent, and whether it is so (AG2): `paused` only once the agent said so or its lease ran out,
 * until then `pausing`. An agent that said goodbye and left its run unfinished is `left`, not unreachable.
 */
export function agentStanding(agent: AgentView): string {
  const { state, control, connected } = agent
  const settled = control === undefined || isSettled(control)
  const name = hasNoRun(agent) ? 'no run' : state === 'stopped' && settled ? 'stopped, locked' : state
  const wanted = settled ? name : state === 'paused' ? 'pausing' : state === 'stopped' ? 'stopping' : name
  const held = agent.orders.length === 0 ? '' : name === 'no run' ? ', held by order' : ' by order'
  const away = connected || agent.run === undefined ? '' : agent.run.left ? ', left' : ', unreachable'
  return `${wanted}${held}${away}`
}

/** How far a pause or stop got, as far as it is known (AG2). */
export function controlStage(control: ControlView): string {
  if (control.acknowledged) return 'acknowledged by the agent'
  if (control.enforced) return 'enforced by its lease'
  if (control.delivered) return 'delivered, not yet acknowledged'
  return 'requested, not yet delivered'
}

/** How long it may still act without hearing from the control plane (AG4). */
export const leaseText = ({ leaseRemainingMs, run }: AgentView): string =>
  run === undefined ? '-' : leaseRemainingMs > 0 ? duration(leaseRemainingMs) : 'none'
