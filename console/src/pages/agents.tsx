import type { AgentView, Target } from '@holdpoint/shared'
import { useEffect } from 'preact/hooks'
import { selectorProblem } from '../model/filter-agents.ts'
import { FIRST_AGENT } from '../model/nothing.ts'
import type { Tone } from '../model/standing.ts'
import { AgentRow } from '../parts/agent-row.tsx'
import { InterveneBar } from '../parts/intervene-bar.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import {
  chooseAll,
  chosen,
  counts,
  labelled,
  labels,
  loadAgents,
  loading,
  narrow,
  shown,
  text,
  tone,
  unreadable,
  watch,
} from '../state/agents.ts'
import { overlay } from '../state/keys.ts'
import { isLive } from '../state/live.ts'
import { linkTo } from '../state/route.ts'

const ROW_HEIGHT = 48
const TONES: readonly (readonly [Tone, string])[] = [
  ['running', 'running'],
  ['waiting', 'await a person'],
  ['pending', 'pausing or stopping'],
  ['paused', 'paused'],
  ['unreachable', 'unreachable'],
  ['left', 'left their run'],
  ['stopped', 'stopped'],
  ['idle', 'no run'],
]

/** The wall: every agent there is, as wanted and as acknowledged. */
export function AgentsPage() {
  const live = isLive.value
  useEffect(() => {
    if (live) void loadAgents()
    return () => watch([])
  }, [live])
  const all = shown.value
  const some = chosen.value
  const isAsked = text.value !== '' || labels.value !== '' || tone.value !== undefined
  const hidden = some.size === 0 ? 0 : some.size - all.filter(({ id }) => some.has(id)).length
  const isAll = all.length > 0 && all.every(({ id }) => some.has(id))
  return (
    <main class="wall">
      <h1 class="visually-hidden">Agents</h1>
      <div class="wall-filter">
        <input
          id="filter"
          type="search"
          placeholder="Filter by id, name, task or step"
          aria-label="Filter agents"
          value={text.value}
          onInput={({ currentTarget }) => narrow({ text: currentTarget.value })}
        />
        <input
          placeholder="labels: team=payments,env!=prod"
          aria-label="Label selector"
          aria-invalid={selectorProblem(labels.value) !== undefined}
          value={labels.value}
          onInput={({ currentTarget }) => narrow({ labels: currentTarget.value })}
        />
        <ul class="tones" aria-label="By state">
          {TONES.filter(([name]) => counts.value.has(name) || tone.value === name).map(([name, words]) => (
            <li key={name}>
              <button
                type="button"
                class="chip"
                aria-pressed={tone.value === name}
                onClick={() => narrow({ tone: tone.value === name ? undefined : name })}
              >
                <i class={`state ${name}`} aria-hidden="true" /> {words}{' '}
                <span class="count">{counts.value.get(name) ?? 0}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <p class="why-not" role="status">
        {selectorProblem(labels.value) ?? (loading.value === 'failed' ? 'The list could not be read.' : '')}
      </p>
      <p class="why-not" role="status">
        {unreadable.value.length > 0
          ? `Not shown, since the server can’t read what it holds of them: ${unreadable.value.join(', ')}.`
          : ''}
      </p>
      <div class="wall-head">
        <label class="check">
          <span class="visually-hidden">Select all shown</span>
          <input type="checkbox" checked={isAll} onChange={() => chooseAll(!isAll)} />
        </label>
        <span class="count">
          {all.length} shown{some.size > 0 ? `, ${some.size} selected` : ''}
          {hidden > 0 ? `, ${hidden} of them no longer shown` : ''}
        </span>
        <Whom />
        <a class="aside" href={linkTo('advance')}>
          Released in advance
        </a>
      </div>
      {all.length === 0 ? (
        <p class="empty">
          <strong>
            {loading.value === 'yes' ? 'Reading the agents …' : isAsked ? 'No agent fits.' : 'No agents yet.'}
          </strong>
          {loading.value === 'yes' || isAsked ? null : (
            <span>They appear here with their first run. {FIRST_AGENT}</span>
          )}
        </p>
      ) : (
        <>
          <div class="agent-row heads" aria-hidden="true">
            <span />
            <span>Agent</span>
            <span>State</span>
            <span class="agent-step">Step, in its own words</span>
            <span class="agent-trust">Trust, autonomy</span>
            <span class="agent-budgets">Budgets</span>
            <span class="agent-open">Open</span>
            <span class="agent-lease">Lease</span>
          </div>
          <VirtualList
            items={all}
            rowHeight={ROW_HEIGHT}
            asked={[text.value, labels.value, tone.value].join('\n')}
            nameOf={idOf}
            label="Agents"
            onWindow={watch}
            draw={(agent) => <AgentRow agent={agent} isChosen={some.has(agent.id)} />}
          />
        </>
      )}
    </main>
  )
}

const idOf = ({ id }: AgentView): string => id

/**
 * A selection is named one by one; a selector, or all, is one order that also holds those that match later (AG7). What
 * is armed stays armed, whatever is selected meanwhile.
 */
function Whom() {
  const some = chosen.value
  const selector = labels.value.trim()
  if (some.size > 0) {
    const targets: readonly Target[] = [...some].map((agent) => ({ agent }))
    const whom = some.size === 1 ? `${[...some][0]}` : `${some.size} agents`
    return <InterveneBar whom={whom} label="These:" targets={targets} onDone={() => chooseAll(false)} />
  }
  const narrowed = text.value.trim() !== '' || tone.value !== undefined
  if (selector !== '' && selectorProblem(selector) === undefined && !narrowed) {
    const known = loading.value === 'no' ? ` (${labelled.value} now)` : ''
    return (
      <InterveneBar
        whom={`agents with ${selector}${known}`}
        label={`All with these labels${known}:`}
        targets={[{ labels: selector }]}
      />
    )
  }
  // who sees some of them, by words or by state, must not act on those out of sight
  if (selector !== '' && narrowed)
    return (
      <span class="muted">
        Select agents, or show all with these labels, whatever else they are, to act on them.
      </span>
    )
  if (text.value !== '' || tone.value !== undefined || selector !== '')
    return <span class="muted">Select agents, or give a label selector, to act on them.</span>
  return (
    <InterveneBar
      whom="every agent"
      label="Every agent:"
      targets={[{ all: true }]}
      onStop={() => {
        overlay.value = 'stop-all'
      }}
    />
  )
}
