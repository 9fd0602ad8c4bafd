import { type AgentView, type ControlView, isSettled } from '@holdpoint/shared'
import { clockTime, duration } from './time.ts'

/** How an agent stands, in a word that can be sorted, coloured and counted by. */
export type Tone = 'running' | 'waiting' | 'paused' | 'stopped' | 'pending' | 'unreachable' | 'left' | 'idle'

/**
 * What is wanted of an agent, and whether it is so (AG2): `paused` only once the agent said so or its lease ran out,
 * until then `pausing`.
 */
export function standing(agent: AgentView): { readonly words: string; readonly tone: Tone } {
  const { state, locked, control, connected, run } = agent
  const settled = control === undefined || isSettled(control)
  const away = run !== undefined && !connected
  const held = agent.orders.length > 0 ? ' by order' : ''
  if (state === 'paused')
    return { words: `${settled ? 'paused' : 'pausing'}${held}`, tone: settled ? 'paused' : 'pending' }
  if (state === 'stopped') {
    if (!settled) return { words: `stopping${held}`, tone: 'pending' }
    return {
      words: locked ? `stopped, locked${held}` : `no run${held && `, held${held}`}`,
      tone: locked ? 'stopped' : 'idle',
    }
  }
  if (away)
    return run.left ? { words: 'left its run', tone: 'left' } : { words: 'unreachable', tone: 'unreachable' }
  return state === 'awaiting_input'
    ? { words: 'awaits a person', tone: 'waiting' }
    : { words: 'running', tone: 'running' }
}

/** How far the last pause or stop got, each step with its time where it is known (AG2). */
export function progressOf(control: ControlView, leaseRemainingMs: number): string {
  const { requested, delivered, acknowledged, enforced } = control
  if (acknowledged) return `acknowledged ${clockTime(acknowledged.at)}`
  if (enforced) return `enforced by its lease ${clockTime(enforced.at)}`
  const soon = leaseRemainingMs > 0 ? ` · lease halts it in ${duration(leaseRemainingMs)}` : ''
  if (delivered) return `delivered, not acknowledged${soon}`
  return `requested ${clockTime(requested.at)}, not delivered${soon}`
}
