import { type ErrorCode, errorCodes, type Hello, type Refusal, refusal } from '@holdpoint/shared'

/** What came from the other side, before anything is known about it. */
export type Received = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Received =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An answer with its envelope, narrowed no further. */
export type Reply =
  | { readonly ok: true; readonly body: Received }
  | { readonly ok: false; readonly error: Refusal; readonly body: Received }

/** A malformed answer says nothing of what was done: it is treated as a fault of the server. */
export function readReply(value: unknown): Reply {
  if (!isObject(value)) return { ok: false, error: malformed(), body: {} }
  if (value.ok === true) return { ok: true, body: value }
  return { ok: false, error: readRefusal(value.error), body: value }
}

/** A refusal as it came, or `internal` where it is none. A code from a newer server counts as `internal` too. */
export function readRefusal(value: unknown): Refusal {
  if (!isObject(value) || typeof value.code !== 'string') return malformed()
  const known = (errorCodes as readonly string[]).includes(value.code)
  const details = isObject(value.details) ? { ...value.details } : undefined
  const message = typeof value.message === 'string' ? value.message : undefined
  if (!known) return { ...refusal('internal', message, { ...details, code: value.code }), retryable: false }
  const standard = refusal(value.code as ErrorCode, message, details)
  return typeof value.retryable === 'boolean' ? { ...standard, retryable: value.retryable } : standard
}

export function readHello(value: unknown): Hello | undefined {
  if (!isObject(value) || typeof value.protocol !== 'number' || typeof value.now !== 'string')
    return undefined
  return value as unknown as Hello
}

const malformed = (): Refusal =>
  refusal('internal', 'The server sent an answer that this client can not read.')

const MAX_RETRY_AFTER_MS = 10 * 60_000

/** How long the server asks to wait before another try, ms. */
export function retryAfterMs({ details }: Pick<Refusal, 'details'>): number | undefined {
  const given = details?.retryAfterMs
  return typeof given === 'number' && given >= 0 && given <= MAX_RETRY_AFTER_MS ? given : undefined
}
