import { type AgentDetail, HoldpointError } from '@holdpoint/client/operator'
import type { EventView, InstructionView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { progressOf, standing } from '../model/standing.ts'
import { clockTime, duration } from '../model/time.ts'
import { Autonomy } from '../parts/autonomy.tsx'
import { EventList } from '../parts/event-list.tsx'
import { InterveneBar } from '../parts/intervene-bar.tsx'
import { targetWords } from '../parts/orders.tsx'
import { Says } from '../parts/says.tsx'
import { StandingGrants } from '../parts/standing-grants.tsx'
import { Text } from '../parts/text.tsx'
import { TrustPlot } from '../parts/trust-plot.tsx'
import { TrustRuling } from '../parts/trust-ruling.tsx'
import { watch } from '../state/agents.ts'
import { agentViews, isLive, onEvent, replica } from '../state/live.ts'
import { linkTo } from '../state/route.ts'
import { session } from '../state/session.ts'
import { useHistory } from '../state/use-history.ts'

/** One agent: what it is to do, whether it does, what waits with it, and how it came here. */
export function AgentPage({ id }: { readonly id: string }) {
  const version = useFacts(id)
  const detail = useDetail(id, version)
  const log = useHistory({ agent: id, limit: 60 }, version)
  const trust = useHistory({ agent: id, type: 'trust.changed', limit: 500 }, version)
  const instructions = useHistory({ agent: id, type: 'instruction.*', limit: 100 }, version)
  const known = replica()
  if (detail === 'none' || detail === 'failed')
    return (
      <main class="empty">
        <h1>{detail === 'none' ? 'No agent of this name' : 'This agent could not be read'}</h1>
        {detail === 'failed' ? <p>It is tried again once there is a connection.</p> : null}
        <p>
          <a href={linkTo('agents')}>All agents</a>
        </p>
      </main>
    )
  if (detail === undefined) return <main class="empty" aria-busy="true" />
  const agent = agentViews()?.get(id) ?? detail.agent
  const { words, tone } = standing(agent)
  const { autonomy, control, run } = agent
  const approvals = [...(known?.approvals.values() ?? [])].filter((view) => view.agent === id)
  const tickets = [...(known?.tickets.values() ?? [])].filter((view) => view.agent === id)
  const orders = agent.orders.flatMap((order) => known?.orders.get(order) ?? [])
  return (
    <main class="agent">
      <header>
        <div>
          <h1>{id}</h1>
          <p class="by">
            <span class={`state ${tone}`}>{words}</span>
            {control === undefined ? null : <> · {progressOf(control, agent.leaseRemainingMs)}</>}
            {run === undefined ? null : (
              <> · {agent.leaseRemainingMs > 0 ? `lease ${duration(agent.leaseRemainingMs)}` : 'no lease'}</>
            )}
          </p>
        </div>
        <InterveneBar whom={id} targets={[{ agent: id }]} />
      </header>
      <div class="columns">
        <div class="column">
          <section class="panel">
            <h2>What it does</h2>
            <dl class="facts">
              <dt>Task</dt>
              <dd>
                {agent.task === undefined ? (
                  <span class="muted">none given</span>
                ) : (
                  <Says bare>{agent.task}</Says>
                )}
              </dd>
              <dt>Step</dt>
              <dd>
                {agent.progress?.step === undefined ? (
                  <span class="muted">none told</span>
                ) : (
                  <Says bare>{agent.progress.step}</Says>
                )}
                {agent.progress?.message === undefined ? null : (
                  <span class="muted">
                    {' '}
                    <Says bare>{agent.progress.message}</Says>
                  </span>
                )}
              </dd>
              <dt>Run</dt>
              <dd>
                {run === undefined ? (
                  <span class="muted">none</span>
                ) : (
                  `since ${clockTime(run.startedAt)}, epoch ${run.epoch}`
                )}
              </dd>
              <dt>Owner</dt>
              <dd>{agent.owner ?? <span class="muted">unknown</span>}</dd>
              <dt>Labels</dt>
              <dd>
                {Object.entries(agent.labels).map(([key, value]) => (
                  <span key={key} class="rule">
                    {key}={value}
                  </span>
                ))}
              </dd>
              {orders.length === 0 ? null : (
                <>
                  <dt>Orders</dt>
                  <dd>
                    <Text>
                      {orders.map((order) => `${order.effect} of ${targetWords(order.selector)}`).join(', ')}
                    </Text>
                  </dd>
                </>
              )}
            </dl>
          </section>
          <section class="panel">
            <h2>
              What waits <span class="count">{approvals.length + tickets.length}</span>
            </h2>
            <ul class="waiting">
              {approvals.map((view) => (
                <li key={view.id}>
                  <a href={linkTo('queue', view.id)}>{view.action}</a> <span class="muted">{view.level}</span>
                </li>
              ))}
              {tickets.map((view) => (
                <li key={view.id}>
                  <a href={linkTo('tickets', view.id)}>
                    {view.kind === 'question' ? 'question' : view.reason}
                  </a>{' '}
                  <span class="muted">{view.status}</span>
                </li>
              ))}
            </ul>
          </section>
          <section class="panel">
            <h2>Trust and autonomy</h2>
            <Autonomy autonomy={autonomy} budgets={detail.budgets} />
            <TrustPlot events={trust.events} />
            <TrustRuling agent={agent} />
          </section>
          <StandingGrants agent={id} version={version} />
          <Instructions events={instructions.events} />
        </div>
        <section class="panel column">
          <h2>Timeline</h2>
          <EventList events={log.events} showAgent={false} />
          {log.older ? (
            <button type="button" onClick={log.older}>
              Older
            </button>
          ) : null}
        </section>
      </div>
    </main>
  )
}

/** Each instruction as it stands now: facts come newest first, and what is settled left the agent's queue. */
function Instructions({ events }: { readonly events: readonly EventView[] }) {
  const all = new Map<string, InstructionView>()
  for (const { data } of events) {
    const { instruction } = data as { instruction?: InstructionView }
    if (instruction && !all.has(instruction.id)) all.set(instruction.id, instruction)
  }
  return (
    <section class="panel">
      <h2>
        Instructions <span class="count">{all.size}</span>
      </h2>
      <ul class="waiting">
        {[...all.values()].map(({ id, text, by, at, status, note }) => (
          <li key={id}>
            <Text lines>{text}</Text>
            <p class="muted">
              {status} · by {by} at {clockTime(at)}
              {note === undefined ? null : (
                <>
                  {' '}
                  · “<Text>{note}</Text>”
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

const READ_AFTER_MS = 250

/** Counts this agent's facts, several at once as one, so that what is read is read again. */
function useFacts(id: string): number {
  const [version, setVersion] = useState(0)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEvent(({ agent }) => {
      if (agent !== id) return
      timer ??= setTimeout(() => {
        timer = undefined
        setVersion((count) => count + 1)
      }, READ_AFTER_MS)
    })
    watch([id])
    return () => {
      clearTimeout(timer)
      stop()
      watch([])
    }
  }, [id])
  return version
}

function useDetail(id: string, version: number): AgentDetail | 'none' | 'failed' | undefined {
  const [detail, setDetail] = useState<AgentDetail | 'none' | 'failed'>()
  const live = isLive.value
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!client || !live) return
    let wanted = true
    client.agent(id).then(
      (found) => wanted && setDetail(found),
      (error: unknown) => {
        const end = error instanceof HoldpointError && error.code === 'not_found' ? 'none' : 'failed'
        // what was read stays: it is followed by facts
        if (wanted) setDetail((before) => (typeof before === 'object' ? before : end))
      },
    )
    return () => {
      wanted = false
    }
  }, [id, version, live])
  return detail
}
