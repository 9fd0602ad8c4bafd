import { counted, HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import {
  type DecisionFacts,
  decisionsOf,
  FLOOD,
  loadOf,
  medianMs,
  outcomesByRule,
  type RuleOutcome,
  readDecisions,
  SLOT_MS,
  TIME_EDGES,
  timesOf,
} from '../model/insight.ts'
import { duration } from '../model/time.ts'
import { Bars } from '../parts/bars.tsx'
import { Text } from '../parts/text.tsx'
import { isLive, now } from '../state/live.ts'
import { session } from '../state/session.ts'

const HOURS = 4
const SLOTS = (HOURS * HOUR) / SLOT_MS

/** How people decide: how much, how fast, and where nobody is needed or nobody reads. */
export function InsightPage() {
  const facts = useFacts()
  const partial = facts?.partial ?? true
  const decisions = decisionsOf(facts?.events ?? [])
  // to the minute: the bars need not move each second
  const at = Math.ceil(now.value / MINUTE) * MINUTE
  const loads = loadOf(decisions, at, SLOTS)
  const rules = outcomesByRule(decisions, { partial })
  const median = medianMs(decisions)
  const flooded = loads.filter(({ slots }) => slots.some((count) => count >= FLOOD))
  return (
    <main class="insight" aria-busy={facts === undefined}>
      <h1>Insight</h1>
      <p class="by">
        The last day: {counted(decisions.length, 'decision')} by{' '}
        {counted(new Set(decisions.map(({ by }) => by)).size, 'person', 'people')}
        {median === undefined
          ? ''
          : `, half of them within ${median < SECOND ? 'a second' : duration(median)}`}
        .
      </p>
      {facts?.partial ? (
        <p class="problem" role="status">
          Not all decisions of the day could be read: this is a part of them, and nothing is recommended on
          it.
        </p>
      ) : null}
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
              axis={[`${HOURS} hours ago`, 'now']}
              limit={FLOOD}
              captioned
            />
          ))}
        </section>
        <section class="panel">
          <h2>Time from request to decision</h2>
          <Bars
            label="decisions"
            values={timesOf(decisions)}
            nameOf={(slot) => (TIME_EDGES[slot] === undefined ? 'longer' : `under ${TIME_NAMES[slot]}`)}
            axis={[...TIME_NAMES.map((name) => `< ${name}`), 'longer']}
          />
        </section>
      </div>
      <Candidates rules={rules} partial={partial} />
      <section class="panel">
        <h2>How each rule is decided</h2>
        {rules.length === 0 ? <p class="muted">No rule asked anybody.</p> : null}
        <ul class="outcomes">
          {rules.map((rule) => (
            <li key={rule.rule}>
              <span class="name">
                <Text>{rule.rule}</Text>
              </span>
              <Shares {...rule} />
              <span class="muted figures">
                {[
                  [rule.approved, 'approved'],
                  [rule.denied, 'denied'],
                  [rule.answered, 'answered'],
                ]
                  .filter(([count]) => count !== 0)
                  .map(([count, what]) => `${count} ${what}`)
                  .join(', ')}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </main>
  )
}

/** Where a person adds nothing, and where a person only seems to. */
function Candidates({
  rules,
  partial,
}: {
  readonly rules: readonly RuleOutcome[]
  readonly partial: boolean
}) {
  const automatable = rules.filter((rule) => rule.automatable)
  const rushed = rules.filter((rule) => rule.rushed > 0)
  if (automatable.length + rushed.length === 0) return null
  return (
    <div class="columns">
      <section class="panel">
        <h2>Candidates for automation</h2>
        {automatable.length === 0 ? (
          <p class="muted">
            {partial ? 'Not known: not all decisions are here.' : 'No rule is approved nearly always.'}
          </p>
        ) : null}
        <ul class="candidates">
          {automatable.map(({ rule, approved, denied, answered }) => (
            <li key={rule}>
              <Text>{rule}</Text>: {approved} of {approved + denied + answered} approved.{' '}
              <span class="muted">Let policy release it, or ask for less of it.</span>
            </li>
          ))}
        </ul>
      </section>
      <section class="panel">
        <h2>Rubber-stamping</h2>
        {rushed.length === 0 ? <p class="muted">Nothing was approved before it could be read.</p> : null}
        <ul class="candidates">
          {rushed.map(({ rule, rushed: count, approved }) => (
            <li key={rule}>
              <Text>{rule}</Text>: {count} of {approved} approved within 2 s of being shown.{' '}
              <span class="muted">Nobody read those.</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function Shares({ approved, denied, answered }: RuleOutcome) {
  const all = Math.max(1, approved + denied + answered)
  const width = (count: number) => (count / all) * 100
  return (
    <span class="shares">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="approved" width={width(approved)} height="8" />
        <rect class="denied" x={width(approved)} width={width(denied)} height="8" />
        <rect class="answered" x={width(approved + denied)} width={width(answered)} height="8" />
      </svg>
    </span>
  )
}

/** As `TIME_EDGES`, to be read. */
const TIME_NAMES = ['2 s', '10 s', '30 s', '1 min', '5 min', '30 min']

/** The decisions of the last day; read again with the next connection where they are a part. */
function useFacts(): DecisionFacts | undefined {
  const [facts, setFacts] = useState<DecisionFacts>()
  const live = isLive.value
  useEffect(() => {
    const { client } = session.peek() ?? {}
    if (!client || !live || facts?.partial === false) return
    let wanted = true
    const from = new Date(client.serverNow() - 24 * HOUR).toISOString()
    void readDecisions((query) => client.historyEvents(query), from).then(
      (found) => wanted && setFacts(found),
    )
    return () => {
      wanted = false
    }
  }, [live])
  return facts
}
