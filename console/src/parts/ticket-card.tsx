import type { TicketView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { type Outcome, ticketOutcome } from '../model/outcomes.ts'
import { clockTime, shortId } from '../model/time.ts'
import { isLive, now } from '../state/live.ts'
import { aboutTicket, act } from '../state/notices.ts'
import { linkTo } from '../state/route.ts'
import { session } from '../state/session.ts'
import { Age } from './age.tsx'
import { AnswerForm } from './answer-form.tsx'
import { Countdown } from './countdown.tsx'
import { useDerived } from './derived.ts'
import { JsonView } from './json-view.tsx'
import { Notices } from './notices.tsx'
import { Onlookers } from './onlookers.tsx'
import { OutcomeLine } from './outcome-line.tsx'
import { ResolveForm } from './resolve-form.tsx'
import { Text } from './text.tsx'
import { Unsent } from './unsent.tsx'

interface Props {
  readonly view: TicketView
  /** Where it is known to wait no longer, though the view may not say so yet. */
  readonly ended?: Outcome | undefined
}

/** A ticket or a question: why it was opened and in whose words, who looks at it, and how to end it. */
export function TicketCard({ view, ended }: Props) {
  const outcome = ticketOutcome(view) ?? ended
  const context = useContext(view)
  const { person } = session.value ?? {}
  const isOver = useDerived(() => Date.parse(view.expiresAt) <= now.value, [view])
  const may = person !== undefined && person.role !== 'viewer' && !outcome && !isOver
  return (
    <article class="card ticket" aria-label={`${view.kind} by ${view.agent}`}>
      <div class="card-body">
        <header class="card-head">
          <div>
            <h2>{view.kind === 'question' ? 'Question' : view.reason.replaceAll('_', ' ')}</h2>
            <p class="by">
              {view.kind} of <a href={linkTo('agents', view.agent)}>{view.agent}</a>
              {view.openedBy === 'server' ? ', opened by the server' : null} · {clockTime(view.openedAt)}
              {outcome ? null : (
                <>
                  , <Age since={view.openedAt} />
                </>
              )}
            </p>
            <Onlookers id={view.id} />
          </div>
          <div class="card-deadline">
            {outcome ? null : (
              <>
                <Countdown deadline={Date.parse(view.expiresAt)} />
                <small>left</small>
              </>
            )}
          </div>
        </header>
        {outcome ? <OutcomeLine outcome={outcome} /> : null}
        {outcome || isOver ? <Unsent id={view.id} /> : null}
        <dl class="facts">
          <dt>Priority</dt>
          <dd>
            <span class={`priority p${view.priority}`}>P{view.priority}</span>{' '}
            {view.blocking ? 'the agent waits for it' : <span class="muted">the agent goes on</span>}
          </dd>
          <dt>State</dt>
          <dd>
            {view.status}
            {view.acknowledgedAt === undefined ? null : ` since ${clockTime(view.acknowledgedAt)}`}
            {view.assignee === undefined ? null : <>, with {view.assignee}</>}
          </dd>
          <About view={view} />
          {view.confidence === undefined && view.risk === undefined ? null : (
            <>
              <dt>Scores</dt>
              <dd>
                {view.risk === undefined ? null : <span class="score">risk {view.risk.toFixed(2)}</span>}
                {view.confidence === undefined ? null : (
                  <span class="score">confidence {view.confidence.toFixed(2)}</span>
                )}
              </dd>
            </>
          )}
        </dl>
        <Account view={view} context={context} />
        {view.answer === undefined ? null : (
          <section class="bytes">
            <h3>The answer</h3>
            <JsonView value={view.answer} />
          </section>
        )}
        {view.action === undefined ? null : (
          <section class="bytes">
            <h3>Advice to the agent: {view.action.action}</h3>
            <JsonView value={view.action.args} />
          </section>
        )}
        <p class="ids">
          {view.kind} {shortId(view.id)}
        </p>
      </div>
      <Notices />
      {may ? <TicketActions view={view} me={person.id} /> : null}
      {isOver && !outcome ? (
        <footer class="decide">
          <p class="why-not" role="status">
            Its time has run out.
          </p>
        </footer>
      ) : null}
    </article>
  )
}

/** The approvals that it is about, and what resolving it says of them (AP9). */
function About({ view }: { readonly view: TicketView }) {
  if (view.approval === undefined) return null
  const all = view.approvals ?? [view.approval]
  return (
    <>
      <dt>About</dt>
      <dd>
        {all.map((id, at) => (
          <span key={id}>
            {at === 0 ? null : ', '}
            <a href={linkTo('queue', id)}>{at === 0 ? `Approval ${shortId(id)}` : shortId(id)}</a>
          </span>
        ))}
        {view.reason === 'unknown_outcome' && view.openedBy === 'server' ? (
          <p class="muted">
            {all.length === 1
              ? 'It was begun, and nobody knows how it ended. Resolve this once you have found out: the same bytes, asked for again, are not held up by that any more.'
              : `These ${all.length} were begun by one process that is gone, and nobody knows how they ended. Resolve this once you have found out about each: the same bytes, asked for again, are not held up by that any more.`}
          </p>
        ) : null}
      </dd>
    </>
  )
}

function TicketActions({ view, me }: { readonly view: TicketView; readonly me: string }) {
  const { client } = session.value ?? {}
  const [to, setTo] = useState('')
  // what was typed stays while the connection is away; only nothing can be sent
  const cannot = !isLive.value
  if (!client) return null
  const assign = (name: string, done: string) =>
    act(['assign', view.id, name], done, (key) => client.assign(view.id, name, { key }), aboutTicket(view))
  return (
    <footer class="decide" data-covers>
      {cannot ? (
        <p class="why-not" role="status">
          Not connected: what you write stays here until it can be sent.
        </p>
      ) : null}
      {view.kind === 'question' ? (
        <AnswerForm key={view.id} view={view} />
      ) : (
        <ResolveForm key={view.id} view={view} />
      )}
      <div class="buttons whose">
        {view.kind === 'ticket' && view.status === 'open' ? (
          <button
            type="button"
            disabled={cannot}
            onClick={() =>
              void act(
                ['acknowledge', view.id],
                'Acknowledged',
                (key) => client.acknowledge(view.id, { key }),
                aboutTicket(view),
              )
            }
          >
            Acknowledge
          </button>
        ) : null}
        {view.assignee === me ? null : (
          <button type="button" disabled={cannot} onClick={() => void assign(me, 'Assigned to you')}>
            Take it
          </button>
        )}
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            const name = to.trim()
            if (name !== '' && !cannot)
              void assign(name, `Assigned to ${name}`).then((done) => done && setTo(''))
          }}
        >
          <input
            aria-label="Assign to"
            placeholder="assign to …"
            value={to}
            onInput={({ currentTarget }) => setTo(currentTarget.value)}
          />
        </form>
      </div>
    </footer>
  )
}

/** Why it was opened, said to be the words of whoever wrote them. */
function Account({ view, context }: { readonly view: TicketView; readonly context: unknown }) {
  const [title, origin] = accountOf(view)
  return (
    <section class="words" aria-labelledby="own-words">
      <h3 id="own-words">{title}</h3>
      <p class="muted">{origin}</p>
      {view.question === undefined ? null : (
        <blockquote>
          <Text lines>{view.question}</Text>
        </blockquote>
      )}
      {context === undefined ? null : <JsonView value={context} />}
      {view.question === undefined && context === undefined ? <p>There is no account of it.</p> : null}
    </section>
  )
}

/** What an older version stored does not say who opened it; what asks is an agent's always. */
function accountOf({ openedBy, kind }: TicketView): readonly [title: string, origin: string] {
  if (openedBy === 'agent' || kind === 'question')
    return ['The agent’s own words', 'Written by the agent. Nobody has checked it.']
  if (openedBy === 'server')
    return [
      'What the server recorded',
      'Written by the server. A summary, a confidence or a risk in it is what the agent said. Nobody has checked those.',
    ]
  return ['Why it was opened', 'Written by the agent or by the server, which an older version did not keep.']
}

/** Only `ticket.get` carries the context. */
function useContext({ id, contextDigest }: TicketView): unknown {
  const [context, setContext] = useState<unknown>()
  useEffect(() => {
    let wanted = true
    setContext(undefined)
    if (contextDigest === undefined) return
    session
      .peek()
      ?.client.ticket(id)
      .then(
        (whole) => {
          if (wanted && whole.context !== undefined) setContext(JSON.parse(whole.context))
        },
        () => {}, // the ticket itself is here; its context comes with the next look
      )
    return () => {
      wanted = false
    }
  }, [id, contextDigest])
  return context
}
