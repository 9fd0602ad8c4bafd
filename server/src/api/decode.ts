import {
  type AgentRequest,
  type AgentRequestName,
  agentRequests,
  checkJson,
  failed,
  type Handshake,
  handshake,
  IS_MISSING,
  inOurWords,
  MAX_ACTION_BYTES,
  MAX_DEPTH,
  type OperatorRequest,
  type OperatorRequestName,
  ok,
  operatorRequests,
  type Progress,
  progress,
  type Refusal,
  type Result,
  refusal,
  refused,
} from '@holdpoint/shared'

/** An agent's request with its name, so that a `switch` over the name knows the payload. */
export type AgentCall = { [N in AgentRequestName]: Call<N, AgentRequest<N>> }[AgentRequestName]
/** A console's request with its name. */
export type OperatorCall = { [N in OperatorRequestName]: Call<N, OperatorRequest<N>> }[OperatorRequestName]

interface Call<N, P> {
  readonly name: N
  readonly payload: P
}

/**
 * Bytes were parsed to `payload`; is it a request that an agent may send (ID4)? Nothing is stripped or coerced.
 * Errors: `invalid` with the field in `details.path` (a JSON pointer), also for an unknown `name`; `too_large` for a
 * text or list over its limit, for a free-form field over 64 KiB, or deeper than 64 levels (AP10).
 */
export function decodeAgent(name: string, payload: unknown): Result<AgentCall> {
  if (!Object.hasOwn(agentRequests, name)) return unknownEvent
  const decoded = decode<unknown>(agentRequests[name as AgentRequestName], payload)
  return decoded.ok ? ok({ name, payload: decoded.value } as AgentCall) : decoded
}

/** As `decodeAgent`, for what a console sends. */
export function decodeOperator(name: string, payload: unknown): Result<OperatorCall> {
  if (!Object.hasOwn(operatorRequests, name)) return unknownEvent
  const decoded = decode<unknown>(operatorRequests[name as OperatorRequestName], payload)
  return decoded.ok ? ok({ name, payload: decoded.value } as OperatorCall) : decoded
}

/** The handshake's `auth`. Errors as `decodeAgent`. */
export const decodeHandshake = (auth: unknown): Result<Handshake> => decode(handshake, auth)

/** An agent's volatile progress. Errors as `decodeAgent`; there is no ack to send them in. */
export const decodeProgress = (payload: unknown): Result<Progress> => decode(progress, payload)

const unknownEvent = refused('invalid', 'There is no request of that name here.', { path: '/' })

/** As much of a zod schema as is used here: `shared` owns the library. */
interface Schema<T> {
  safeParse(
    value: unknown,
    words: typeof inOurWords,
  ): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: SchemaError }
}
interface SchemaError {
  readonly issues: readonly Issue[]
}
interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** Of `too_big`: what was too big. */
  readonly origin?: string
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[]
}

function decode<T>(schema: Schema<T>, payload: unknown): Result<T> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return refused('invalid', 'A request carries one object.', { path: '/' })
  // before zod, which would copy what is nested too deep by recursion and drop `__proto__` without a word
  const problem = checkJson(payload, MAX_DEPTH + 1) ?? checkSize(payload)
  if (problem) return failed(problem)
  const parsed = schema.safeParse(payload, inOurWords)
  return parsed.success ? ok(parsed.data) : failed(explain(parsed.error.issues[0]))
}

/** AP10: each field by itself, so that arguments of just 64 KiB pass beside the others. Depth is bounded by now. */
function checkSize(payload: object): Refusal | undefined {
  for (const [key, value] of Object.entries(payload))
    if (bytesOf(value) > MAX_ACTION_BYTES)
      return refusal(
        'too_large',
        `The field "${show(key)}" is larger than 64 KiB, more than a person can be shown whole.`,
        { path: show(`/${escapeStep(key)}`) },
      )
  return undefined
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'object' && value !== null) return Buffer.byteLength(JSON.stringify(value))
  return 0
}

function explain(issue: Issue | undefined): Refusal {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined
  const steps = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].map(String)
  const details = { path: show(`/${steps.map(escapeStep).join('/')}`) }
  const field = show(steps.join('.'))
  if (unknown !== undefined)
    return refusal('invalid', `There is no field "${field}" in this request.`, details)
  if (issue?.code === 'too_big' && (issue.origin === 'string' || issue.origin === 'array'))
    return refusal('too_large', `The field "${field}" is too large: ${issue.message}.`, details)
  if (issue?.code === 'invalid_type' && issue.message === IS_MISSING)
    return refusal('invalid', `The field "${field}" is missing.`, details)
  return refusal('invalid', `The field "${field}" does not fit: ${issue?.message ?? 'invalid'}.`, details)
}

/** RFC 6901. */
const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1')

/** A key is the sender's own text and may be long. */
const show = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
