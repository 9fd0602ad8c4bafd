import {
  type ApprovalDetail,
  type ApprovalView,
  canonicalAction,
  checkJson,
  type Digest,
  digestOf,
  type ErrorCode,
  newId,
  type RequestAnswer,
  refusal,
} from '@holdpoint/shared'
import type { AgentSession } from './agent-session.ts'
import type {
  ActContext,
  ActionHandle,
  ActOptions,
  ActResult,
  Decision,
  NotReleased,
  Released,
  RequestOptions,
} from './agent-types.ts'
import { Begun } from './begun.ts'
import { isObject } from './connection/reading.ts'
import { ActionFailure, HoldpointError } from './errors.ts'
import { refuseUnknown } from './known-options.ts'
import type { Settlements } from './settlements.ts'
import { aborted, anySignal } from './signals.ts'

/** An action as asked for, with what `run` has to know beside what callers see. */
interface Asked extends ActionHandle {
  /** Whether it was begun by being asked for (verdict `go`, AP9). */
  readonly claimed: boolean
}

/** Asked again at this pace while the server and the gate don't agree on whether we are held. */
const BEGIN_PAUSE_MS = 250
const DEFAULT_SEVERITY = 0.5
/** What a report's `error` may hold, UTF-16 units. */
const ERROR_LENGTH = 2_000

/** Refusals of a begin that pass once the gate is open again. */
const HELD: ReadonlySet<ErrorCode> = new Set(['paused', 'under_order', 'lease_lost'])

const REQUEST_OPTIONS = {
  key: true,
  signal: true,
  summary: true,
  confidence: true,
  risk: true,
  blocking: true,
  context: true,
} satisfies Record<keyof RequestOptions, true>

const ACT_OPTIONS = {
  ...REQUEST_OPTIONS,
  severity: true,
  audience: true,
} satisfies Record<keyof ActOptions, true>

/**
 * Asking for an action, and running what was approved: the bytes that were asked for are fixed before anything is
 * sent, the bytes that are run are the server's, and their digest is the approved one (AP9).
 */
export class Actions {
  readonly #session: AgentSession
  readonly #settlements: Settlements
  readonly #begun = new Begun()
  /** How many callers wait for each decision. */
  readonly #waiting = new Map<string, number>()

  constructor(session: AgentSession, settlements: Settlements) {
    this.#session = session
    this.#settlements = settlements
  }

  async request(action: string, args: unknown, options: RequestOptions = {}): Promise<Asked> {
    refuseUnknown('request()', options, REQUEST_OPTIONS)
    return this.#request(action, args, options)
  }

  async #request(action: string, args: unknown, options: RequestOptions): Promise<Asked> {
    const { signal, key = newId(), summary, confidence, risk, blocking, context } = options
    const asked = canonicalAction(action, args)
    if (!asked.ok) throw new HoldpointError(asked.error)
    const problem = context === undefined ? undefined : checkJson(context)
    if (problem) throw new HoldpointError(problem)
    const payload = {
      key,
      epoch: this.#session.epoch,
      action,
      args: argsOf(asked.value.canonical),
      summary,
      confidence,
      risk,
      blocking,
      context,
    }
    const body = await this.#session.call('action.request', payload, { signal })
    const answer = readAnswer(body, asked.value.digest)
    const replayed = body.replayed === true
    const decision = this.#decision(answer, replayed, signal)
    // Whoever doesn't await it must not be killed by its rejection when the run ends first.
    decision.catch(() => {})
    const { id, digest } = answer.action
    const { verdict, level, rules, policyVersion } = answer
    return {
      id,
      digest,
      verdict,
      level,
      rules,
      policyVersion,
      key,
      claimed: verdict === 'go',
      decision,
      cancel: (reason) => this.#cancel(id, reason),
    }
  }

  async run<A, T>(
    action: string,
    args: A,
    act: (args: A, context: ActContext) => T | Promise<T>,
    options: ActOptions = {},
  ): Promise<ActResult<T>> {
    refuseUnknown('run()', options, ACT_OPTIONS)
    // From here on the end waits for us, and the lease is not given back under our feet.
    const done = this.#session.acts.run()
    try {
      let asked: Asked
      try {
        asked = await this.#request(action, args, options)
      } catch (error) {
        const known = begunElsewhere(error)
        if (known) return known
        throw error
      }
      const decision = await asked.decision
      if (decision.status !== 'released') return decision
      return await this.#begin(asked, decision, act, options)
    } finally {
      done()
    }
  }

  /** Where an approval stands now, with its bytes. */
  async look(id: string, signal?: AbortSignal): Promise<ApprovalDetail> {
    const { approval } = await this.#session.call('approval.get', { id }, { signal })
    if (!isObject(approval)) throw unreadable()
    const detail = approval as unknown as ApprovalDetail
    this.#settlements.take(detail)
    return detail
  }

  // ── the decision ──────────────────────────────────────────────────────────────────────────────────────────────

  async #decision(
    answer: RequestAnswer,
    replayed: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Decision> {
    const { id, digest, canonical } = answer.action
    if (answer.verdict === 'refused')
      return { status: 'refused', id, reason: answer.reason ?? 'It is not permitted.', code: answer.code }
    // The first answer, given again, says nothing of what has happened since.
    const standing = replayed ? await this.look(id, signal) : answer.approval
    if (answer.verdict === 'go')
      return {
        status: 'released',
        id,
        digest,
        canonical,
        args: argsOf(canonical),
        edited: false,
        approval: standing,
      }
    const settled = this.#settlements.wait('approval', id)
    settled.catch(() => {})
    if (standing) this.#settlements.take(standing)
    this.#waiting.set(id, (this.#waiting.get(id) ?? 0) + 1)
    try {
      return await this.#decided(await aborted(signal, settled), answer.action, signal)
    } finally {
      this.#left(id, signal?.aborted === true)
    }
  }

  /** Nobody should be asked to release what nobody waits for any more; but another caller may have folded into it. */
  #left(id: string, gaveUp: boolean): void {
    const others = (this.#waiting.get(id) ?? 1) - 1
    if (others > 0) this.#waiting.set(id, others)
    else {
      this.#waiting.delete(id)
      if (gaveUp) this.#cancel(id, 'The agent no longer waits for this.').catch(() => {})
    }
  }

  async #decided(
    view: ApprovalView,
    asked: RequestAnswer['action'],
    signal: AbortSignal | undefined,
  ): Promise<Decision> {
    const { id } = asked
    if (view.status !== 'approved' && view.status !== 'auto_approved') return notReleased(view)
    if (view.stages.lapsed)
      return { status: 'expired', id, reason: 'It was released, and not begun in time.', approval: view }
    const { digest } = view
    const canonical = digest === asked.digest ? asked.canonical : (await this.look(id, signal)).canonical
    if (digestOf(canonical) !== digest) throw unreadable()
    const edited = digest !== asked.digest
    return { status: 'released', id, digest, canonical, args: argsOf(canonical), edited, approval: view }
  }

  async #cancel(id: string, reason: string): Promise<void> {
    const { approval } = await this.#session.call('approval.cancel', { key: newId(), id, reason })
    if (isObject(approval)) this.#settlements.take(approval as unknown as ApprovalView)
  }

  // ── the act ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin<A, T>(
    asked: Asked,
    decision: Released,
    act: (args: A, context: ActContext) => T | Promise<T>,
    options: ActOptions,
  ): Promise<ActResult<T>> {
    const { id } = asked
    const { approval } = decision
    // What was looked up may be older than our own report, so both are asked; nothing is awaited in between.
    if (approval?.stages.reported || !this.#begun.claim(id))
      return alreadyBegun(id, this.#begun.outcome(id) ?? approval?.outcome)
    let bytes = decision.canonical
    if (!asked.claimed) {
      const claim = await this.#claim(decision, options)
      if (claim.status !== 'begun') return claim
      bytes = claim.canonical
    }
    return this.#act({ id, digest: decision.digest, bytes }, act, options)
  }

  /** AP9: released → begun, once. A refusal wrote nothing, so the same key asks again. */
  async #claim(
    { id, digest }: Released,
    { signal, audience }: ActOptions,
  ): Promise<
    Exclude<ActResult<never>, { status: 'done' }> | { readonly status: 'begun'; readonly canonical: string }
  > {
    const { gate, clocks, instance, epoch } = this.#session
    const payload = { key: newId(), epoch, instance, id, digest, audience }
    for (;;) {
      try {
        await gate.checkpoint(signal)
      } catch (error) {
        this.#begun.withdraw(id)
        throw error
      }
      try {
        const { canonical } = await this.#session.call('action.begin', payload, { signal })
        if (typeof canonical !== 'string' || digestOf(canonical) !== digest) {
          await this.#report(id, {
            outcome: 'failure',
            severity: 0,
            error: 'The bytes were not the approved ones.',
          })
          throw unreadable()
        }
        return { status: 'begun', canonical }
      } catch (error) {
        if (!(error instanceof HoldpointError)) throw error
        if (HELD.has(error.code)) {
          await aborted(signal, new Promise<void>((resume) => void clocks.after(BEGIN_PAUSE_MS, resume)))
          continue
        }
        const known = begunElsewhere(error) ?? refusedBegin(error, id)
        if (!known) throw error
        if (known.status !== 'already_begun') this.#begun.withdraw(id)
        return known
      }
    }
  }

  async #act<A, T>(
    { id, digest, bytes }: { readonly id: string; readonly digest: Digest; readonly bytes: string },
    act: (args: A, context: ActContext) => T | Promise<T>,
    options: ActOptions,
  ): Promise<ActResult<T>> {
    const { gate } = this.#session
    const args = argsOf(bytes) as A
    try {
      // The last look at signal and lease, with nothing awaited between it and the act (AG3).
      while (!gate.canContinue() || options.signal?.aborted) await gate.checkpoint(options.signal)
    } catch (error) {
      await this.#report(id, { outcome: 'failure', severity: 0, error: 'It was stopped before it ran.' })
      throw error
    }
    const { signal, dispose } = anySignal(gate.signal, options.signal)
    const executed = this.#session.acts.execute()
    let value: T
    try {
      value = await act(args, { signal, id, digest })
    } catch (error) {
      await this.#report(id, failure(error, signal.aborted, options.severity), options.signal)
      throw error
    } finally {
      dispose()
      executed()
    }
    const reported = await this.#report(id, { outcome: 'success' }, options.signal)
    return { status: 'done', value, id, digest, reported }
  }

  /** True once the server has it. The act is over whatever becomes of the report, so nothing is thrown. */
  async #report(
    id: string,
    report: { outcome: 'success' | 'failure' | 'unknown'; severity?: number; error?: string },
    signal?: AbortSignal,
  ): Promise<boolean> {
    try {
      const payload = { key: newId(), epoch: this.#session.epoch, id, ...report }
      // A caller that no longer waits gets its value; the report goes on by itself.
      const sent = this.#session.call('action.report', payload)
      sent.then(
        () => this.#begun.reported(id, report.outcome),
        () => {},
      )
      if (signal?.aborted) return false
      await aborted(signal, sent)
      return true
    } catch (error) {
      this.#session.logger.warn('an outcome could not be reported', { id, error: String(error) })
      return false
    }
  }
}

/** What the approved bytes say, as a fresh object that nobody else holds. */
const argsOf = (canonical: string): unknown => (JSON.parse(canonical) as { args: unknown }).args

function readAnswer(body: Readonly<Record<string, unknown>>, asked: Digest): RequestAnswer {
  const { action, verdict } = body
  if (!isObject(action) || typeof action.id !== 'string' || typeof action.canonical !== 'string')
    throw unreadable()
  if (verdict !== 'go' && verdict !== 'wait' && verdict !== 'refused') throw unreadable()
  // What people are shown and what we asked for must be the same bytes.
  if (action.digest !== asked || digestOf(action.canonical) !== asked) throw unreadable()
  return { ...(body as unknown as RequestAnswer), rules: Array.isArray(body.rules) ? body.rules : [] }
}

const unreadable = (): HoldpointError =>
  new HoldpointError(refusal('internal', 'The server answered with bytes that are not the ones asked for.'))

function notReleased(view: ApprovalView): NotReleased {
  const status = view.status === 'denied' || view.status === 'expired' ? view.status : 'cancelled'
  const reason = view.response ?? view.reason ?? `It was ${status}.`
  return { status, id: view.id, reason, response: view.response, approval: view }
}

const alreadyBegun = (id: string, outcome: ApprovalView['outcome']) =>
  ({
    status: 'already_begun',
    id,
    outcome,
    reason: 'This is an action that was begun already; it was not run again.',
  }) as const

/** AP9: begun before, by another process or by this one. */
function begunElsewhere(error: unknown) {
  if (!(error instanceof HoldpointError)) return undefined
  const standing = isObject(error.details.standing)
    ? (error.details.standing as unknown as ApprovalView)
    : undefined
  if (error.code === 'unknown_outcome')
    return { status: 'unknown_outcome', id: standing?.id ?? '', reason: error.message } as const
  if (
    standing &&
    (error.code === 'already_reported' || (error.code === 'conflict' && standing.stages?.begun))
  )
    return alreadyBegun(standing.id, standing.outcome)
  return undefined
}

/** What a refused begin means to the caller; undefined where it is the caller's or the server's fault. */
function refusedBegin({ code, message, details }: HoldpointError, id: string): NotReleased | undefined {
  if (code === 'expired') return { status: 'expired', id, reason: message, code }
  if (code === 'not_released' && isObject(details.standing)) {
    const view = details.standing as unknown as ApprovalView
    if (view.status === 'denied' || view.status === 'expired' || view.status === 'cancelled')
      return { ...notReleased(view), code }
  }
  if (code === 'not_released' || code === 'not_permitted' || code === 'not_found' || code === 'conflict')
    return { status: 'refused', id, reason: message, code }
  return undefined
}

/** Interrupted, nobody can say how far it came, unless the act itself says so. */
function failure(error: unknown, interrupted: boolean, severity: ActOptions['severity']) {
  const text = clip(error instanceof Error ? error.message : String(error))
  if (error instanceof ActionFailure)
    return { outcome: error.outcome, severity: error.severity ?? judged(error, severity), error: text }
  if (interrupted) return { outcome: 'unknown', error: text } as const
  return { outcome: 'failure', severity: judged(error, severity), error: text } as const
}

function judged(error: unknown, severity: ActOptions['severity']): number {
  const given = typeof severity === 'function' ? severity(error) : severity
  return typeof given === 'number' && given >= 0 && given <= 1 ? given : DEFAULT_SEVERITY
}

/** A text that the server accepts: not empty, not too long, no half of a surrogate pair (AP10). */
const clip = (text: string): string =>
  text
    .slice(0, ERROR_LENGTH)
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD') ||
  'no message'
