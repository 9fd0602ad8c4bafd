import type { AgentView } from '@holdpoint/shared'
import { progressOf, standing } from '../model/standing.ts'
import { duration } from '../model/time.ts'
import { choose } from '../state/agents.ts'
import { linkTo } from '../state/route.ts'
import { Budgets } from './budgets.tsx'
import { Says } from './says.tsx'
import { Text } from './text.tsx'
import { Trust } from './trust.tsx'

interface Props {
  readonly agent: AgentView
  readonly isChosen: boolean
}

/** One line of the wall: what is wanted of an agent, whether it is so, and what it does. */
export function AgentRow({ agent, isChosen }: Props) {
  const { words, tone } = standing(agent)
  const { id, name, task, progress, control, autonomy, budgets, open, leaseRemainingMs, run } = agent
  return (
    <div class={`agent-row ${isChosen ? 'selected' : ''}`} data-id={id}>
      <input type="checkbox" checked={isChosen} aria-label={`Select ${id}`} onChange={() => choose(id)} />
      <div class="agent-who">
        <a href={linkTo('agents', id)}>{id}</a>
        <span class="muted">
          {name === undefined && task === undefined ? (
            <Text>
              {Object.entries(agent.labels)
                .map(([key, value]) => `${key}=${value}`)
                .join(' ')}
            </Text>
          ) : (
            <Says bare>{name ?? task ?? ''}</Says>
          )}
        </span>
      </div>
      <div class="agent-state">
        <span class={`state ${tone}`}>{words}</span>
        {control === undefined ? null : <span class="muted">{progressOf(control, leaseRemainingMs)}</span>}
      </div>
      <div class="agent-step">{progress?.step === undefined ? null : <Says bare>{progress.step}</Says>}</div>
      <div class="agent-trust">
        <Trust trust={autonomy.trust} level={autonomy.level} />
      </div>
      <div class="agent-budgets">{budgets === undefined ? null : <Budgets budgets={budgets} />}</div>
      <div class="agent-open">
        {open.approvals + open.tickets > 0 ? (
          <span class="count" title="open approvals and tickets">
            {open.approvals + open.tickets}
            <span class="visually-hidden"> open</span>
          </span>
        ) : null}
      </div>
      <div class="agent-lease muted">
        {run === undefined ? '' : leaseRemainingMs > 0 ? duration(leaseRemainingMs) : 'none'}
      </div>
    </div>
  )
}
