import type { EventView } from '@holdpoint/shared'
import { HOUR, MINUTE } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import {
  decisionsOf,
  FLOOD,
  loadOf,
  medianMs,
  outcomesByRule,
  SLOT_MS,
  TIME_EDGES,
  timesOf,
} from '../model/insight.ts'
import { duration } from '../model/time.ts'
import { Bars } from '../parts/bars.tsx'
import { Text } from '../parts/text.tsx'
import { now } from '../state/live.ts'
import { session } from '../state/session.ts'

const HOURS = 4
const SLOTS = (HOURS * HOUR) / SLOT_MS
/** As many facts as are looked through. */
const MOST = 10_000

/** How people decide: how much, how fast, and where nobody is needed or nobody reads. */
export function InsightPage() {
  const [events, setEvents] = useState<readonly EventView[]>()
  useEffect(() => {
    let wanted = true
    void read().then((all) => wanted && setEvents(all))
    return () => {
      wanted = false
    }
  }, [])
  const decisions = decisionsOf(events ?? [])
  // to the minute: the bars need not move each second
  const at = Math.ceil(now.value / MINUTE) * MINUTE
  const loads = loadOf(decisions, at, SLOTS)
  const rules = outcomesByRule(decisions)
  const median = medianMs(decisions)
  const flooded = loads.filter(({ slots }) => slots.some((count) => count >= FLOOD))
  return (
    <main class="insight" aria-busy={events === undefined}>
      <h1>Insight</h1>
      <p class="by">
        The last day: {plural(decisions.length, 'decision', 'decisions')} by{' '}
        {plural(new Set(decisions.map(({ by }) => by)).size, 'person', 'people')}
        {median === undefined ? '' : `, half of them within ${duration(median)}`}.
      </p>
      {flooded.length === 0 ? null : (
        <p class="problem">
          {flooded.map(({ by }) => by).join(', ')} decided {FLOOD} or more in ten minutes. Nobody judges each
          of that many.
        </p>
      )}
      <div class="columns">
        <section class="panel">
          <h2>Decisions per person in ten minutes, the last {HOURS} hours</h2>
          {loads.length === 0 ? <p class="muted">Nobody decided anything.</p> : null}
          {loads.map(({ by, slots }) => (
            <Bars
              key={by}
              label={by}
              values={slots}
              nameOf={(slot) => `${duration((SLOTS - slot) * SLOT_MS)} ago`}
              limit={FLOOD}
            />
          ))}
        </section>
        <section class="panel">
          <h2>Time from request to decision</h2>
          <Bars
            label="decisions"
            values={timesOf(decisions)}
            nameOf={(slot) => (TIME_EDGES[slot] === undefined ? 'longer' : `under ${TIME_NAMES[slot]}`)}
            named
          />
        </section>
      </div>
      <section class="panel">
        <h2>By rule</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col" class="end">
                Approved
              </th>
              <th scope="col" class="end">
                Denied
              </th>
              <th scope="col" class="end">
                Answered
              </th>
              <th scope="col">Worth a look</th>
            </tr>
          </thead>
          <tbody>
            {rules.map(({ rule, approved, denied, answered, automatable, rushed }) => (
              <tr key={rule}>
                <td>
                  <Text>{rule}</Text>
                </td>
                <td class="end">{approved}</td>
                <td class="end">{denied}</td>
                <td class="end">{answered}</td>
                <td>
                  {automatable ? (
                    <span class="level required">nearly always approved: automate it?</span>
                  ) : null}{' '}
                  {rushed > 0 ? (
                    <span class="level required_2fa">{rushed} approved within 2 s of being shown</span>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </main>
  )
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** As `TIME_EDGES`, to be read. */
const TIME_NAMES = ['2 s', '10 s', '30 s', '1 min', '5 min', '30 min']

async function read(): Promise<readonly EventView[]> {
  const { client } = session.peek() ?? {}
  const events: EventView[] = []
  if (!client) return events
  const from = new Date(client.serverNow() - 24 * HOUR).toISOString()
  try {
    for (const type of ['approval.approved', 'approval.denied'])
      for await (const event of client.historyEvents({ type, from, limit: 500 })) {
        events.push(event)
        if (events.length >= MOST) break
      }
  } catch {
    // what came before the connection was lost is shown; the page reads anew when it is opened again
  }
  return events
}
