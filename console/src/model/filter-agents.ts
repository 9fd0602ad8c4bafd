import { type AgentView, matches, parseSelector } from '@holdpoint/shared'
import { standing, type Tone } from './standing.ts'

export interface AgentFilter {
  /** Words in id, name, task or step. */
  readonly text: string
  /** A label selector, `team=payments,env!=prod`. */
  readonly labels: string
  readonly tone: Tone | undefined
}

/** Why a selector covers nobody; undefined where it is one, or empty. */
export function selectorProblem(labels: string): string | undefined {
  if (labels.trim() === '') return undefined
  const parsed = parseSelector(labels)
  return parsed.ok ? undefined : parsed.error.message
}

/** Those that fit, in the order of their ids. */
export function filterAgents(
  agents: Iterable<AgentView>,
  { text, labels, tone }: AgentFilter,
): readonly AgentView[] {
  const words = text.trim().toLowerCase()
  const selector = labels.trim()
  const found: AgentView[] = []
  for (const agent of agents) {
    if (tone !== undefined && standing(agent).tone !== tone) continue
    if (selector !== '' && !matches({ labels: selector }, agent)) continue
    if (words !== '' && !contains(agent, words)) continue
    found.push(agent)
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

const contains = ({ id, name, task, progress }: AgentView, words: string): boolean =>
  [id, name, task, progress?.step].some((text) => text?.toLowerCase().includes(words))
