import {
  type ApprovalDetail,
  type ApprovalView,
  type ArgsSchema,
  digestOf,
  type Policy,
} from '@holdpoint/shared'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { isFields } from '../model/args-form.ts'
import { differences } from '../model/diff.ts'
import type { Outcome } from '../model/outcomes.ts'
import { clockTime, shortId } from '../model/time.ts'
import { isOver } from '../state/decide.ts'
import { asItStands, askAgain, detailOf } from '../state/details.ts'
import { policy } from '../state/live.ts'
import { noteSeen } from '../state/looked.ts'
import { linkTo } from '../state/route.ts'
import { session } from '../state/session.ts'
import { Age } from './age.tsx'
import { ArgsView } from './args-view.tsx'
import { BegunBefore } from './begun-before.tsx'
import { Countdown } from './countdown.tsx'
import { DecisionBar } from './decision-bar.tsx'
import { useDerived } from './derived.ts'
import { DifferenceList } from './difference-list.tsx'
import { EarlierDecisions } from './earlier-decisions.tsx'
import { JsonView } from './json-view.tsx'
import { Level } from './level.tsx'
import { Notices } from './notices.tsx'
import { Onlookers } from './onlookers.tsx'
import { OutcomeLine } from './outcome-line.tsx'
import { QuorumFacts } from './quorum.tsx'
import { Stages } from './stages.tsx'
import { Suspicions } from './suspicions.tsx'
import { Text } from './text.tsx'
import { Trust } from './trust.tsx'
import { TrustTrend } from './trust-trend.tsx'
import { Unsent } from './unsent.tsx'
import { Whole } from './whole.tsx'

interface Props {
  readonly view: ApprovalView
  readonly outcome: Outcome | undefined
}

/** One action that waits: what would run, why it is asked for, and the decision about exactly that. */
export function ApprovalCard({ view, outcome }: Props) {
  const { client } = session.value ?? {}
  const loaded = client ? detailOf(client, view.id, view.revision) : undefined
  const bytes = loaded?.state === 'here' ? loaded.detail : undefined
  const detail = bytes && asItStands(bytes, view)
  const over = useDerived(() => isOver(view), [view])
  // what is drawn of the bytes is drawn once, however often the rest is
  const title = outcome === undefined ? 'What will run' : (ENDED[view.status] ?? 'What was asked for')
  const drawn = useMemo(() => bytes && <Bytes detail={bytes} title={title} />, [bytes, title])
  const isStale = bytes !== undefined && bytes.revision !== view.revision

  useEffect(() => {
    if (bytes) client?.seen([view.id])
  }, [client, bytes, view.id])

  return (
    <article class="card" data-id={view.id} aria-label={`${view.action} by ${view.agent}`}>
      <div class="card-body">
        <header class="card-head">
          <div>
            <h2>{view.action}</h2>
            <p class="by">
              asked by <a href={linkTo('agents', view.agent)}>{view.agent}</a>
              {view.owner === undefined ? null : <> · owner {view.owner}</>} ·{' '}
              {clockTime(view.stages.queued.at)}
              {outcome ? null : (
                <>
                  , <Age since={view.stages.queued.at} />
                </>
              )}
            </p>
            <Onlookers id={view.id} />
          </div>
          <div class="card-deadline">
            {outcome || over ? null : (
              <>
                <Countdown
                  deadline={
                    view.expiresAt === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(view.expiresAt)
                  }
                />
                <small>left</small>
              </>
            )}
          </div>
        </header>

        {outcome ? <OutcomeLine outcome={outcome} /> : null}
        {outcome || over ? <Unsent id={view.id} /> : null}

        {view.begunBefore && !outcome ? <BegunBefore {...view.begunBefore} /> : null}

        <dl class="facts">
          <dt>Level</dt>
          <dd>
            <Level level={view.level} /> <span class="muted">class {view.class}</span>
            {view.held ? <span class="held"> held while the agent is paused</span> : null}
          </dd>
          <dt>Why</dt>
          <dd>
            {view.rules.map((rule) => (
              <span key={rule} class="rule">
                <Text>{rule}</Text>
              </span>
            ))}
            <span class="muted">
              policy <Text>{view.policyVersion}</Text>
            </span>
          </dd>
          <dt>Trust</dt>
          <dd class="trust-facts">
            <Trust trust={view.trust} level={view.autonomy} />
            <TrustTrend agent={view.agent} />
            {view.risk === undefined ? null : <span class="score">risk {view.risk.toFixed(2)}</span>}
            {view.confidence === undefined ? null : (
              <span class="score">confidence {view.confidence.toFixed(2)}</span>
            )}
          </dd>
          <QuorumFacts view={view} />
          <dt>Before</dt>
          <dd>
            <EarlierDecisions view={view} />
          </dd>
        </dl>

        {detail && !isStale ? (
          drawn
        ) : loaded?.state === 'failed' ? (
          <p class="problem">
            <strong>Do not decide on this.</strong> <Text>{loaded.message}</Text>{' '}
            <button type="button" onClick={() => askAgain(view.id, view.revision)}>
              Ask again
            </button>
          </p>
        ) : (
          <p class="muted" aria-busy="true">
            Reading the bytes …
          </p>
        )}

        <Words view={view} detail={detail} />
        <Stages view={view} />
        <p class="ids">
          approval {shortId(view.id)} · revision {view.revision}
        </p>
      </div>
      <Notices />
      {outcome ? null : <DecisionBar view={view} detail={isStale ? undefined : detail} />}
    </article>
  )
}

const MODES = ['fields', 'lines', 'raw'] as const
type Mode = (typeof MODES)[number]
const LABELS = { fields: 'Fields', lines: 'Structured', raw: 'Raw JSON' } as const

/** What policy knows of the action's arguments. */
function schemaOf(policy: Policy | undefined, action: string): ArgsSchema | undefined {
  if (!policy) return undefined
  const { catalogue, unlisted } = policy
  return (Object.hasOwn(catalogue, action) ? catalogue[action] : unlisted)?.args as ArgsSchema | undefined
}

/** What the bytes of an ended one are: nothing will run any more of what was denied. */
const ENDED: Partial<Record<ApprovalView['status'], string>> = {
  approved: 'What was released',
  auto_approved: 'What was released',
}

/** The bytes that would run, whole, and the digest that this page computes of them. */
function Bytes({ detail, title }: { readonly detail: ApprovalDetail; readonly title: string }) {
  const [chosen, setChosen] = useState<Mode>()
  const { action, args } = useMemo(
    () => JSON.parse(detail.canonical) as { action: string; args: unknown },
    [detail.canonical],
  )
  const asked = useMemo(
    () =>
      detail.askedCanonical === undefined
        ? undefined
        : (JSON.parse(detail.askedCanonical) as { args: unknown }).args,
    [detail.askedCanonical],
  )
  const schema = useDerived(() => schemaOf(policy.value, action), [action])
  const mode = chosen ?? (schema && isFields(args) ? 'fields' : 'lines')
  const digest = useMemo(() => digestOf(detail.canonical), [detail.canonical])
  const seen = (part: number) => noteSeen(detail.id, detail.revision, part, digest)
  return (
    <section class="bytes" aria-labelledby="what-runs">
      <header>
        <h3 id="what-runs">{title}</h3>
        <fieldset class="segments">
          <legend class="visually-hidden">How the arguments are shown</legend>
          {MODES.filter((one) => one !== 'fields' || (schema && isFields(args))).map((one) => (
            <button key={one} type="button" aria-pressed={mode === one} onClick={() => setChosen(one)}>
              {LABELS[one]}
            </button>
          ))}
        </fieldset>
      </header>
      <Whole name={`${detail.id}@${detail.revision} ${mode}`} onSeen={seen}>
        <Suspicions text={detail.canonical} />
        {mode === 'raw' ? (
          <div class="json raw">
            <Text lines>{detail.canonical}</Text>
          </div>
        ) : (
          <div class="call">
            <span class="call-name">{action}</span>
            {mode === 'fields' && schema && isFields(args) ? (
              <ArgsView schema={schema} value={args} />
            ) : (
              <JsonView value={args} />
            )}
          </div>
        )}
      </Whole>
      <p class="digest">
        <span class="muted">digest of these bytes, computed here</span> <code>{digest}</code>
      </p>
      {asked === undefined ? null : (
        <>
          <h4>Edited by a person; what was asked for first</h4>
          <DifferenceList all={differences(asked, args)} />
        </>
      )}
    </section>
  )
}

/** The agent's account of itself: apart, labelled, and never more than text. */
function Words({
  view,
  detail,
}: {
  readonly view: ApprovalView
  readonly detail: ApprovalDetail | undefined
}) {
  if (view.summary === undefined && detail?.context === undefined) return null
  return (
    <section class="words" aria-labelledby="own-words">
      <h3 id="own-words">The agent’s own words</h3>
      <p class="muted">Written by the agent. Nobody has checked it; it is not what runs.</p>
      {view.summary === undefined ? null : (
        <blockquote>
          <Text lines>{view.summary}</Text>
        </blockquote>
      )}
      {detail?.context === undefined ? null : <JsonView value={JSON.parse(detail.context)} />}
    </section>
  )
}
