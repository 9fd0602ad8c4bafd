/**
 * The error catalogue: one code, one default sentence, one HTTP status, and whether asking again later can help.
 * Refusals travel as values (`Result`), and on the wire as `{ code, message, retryable, details? }`.
 */
const catalogue = {
  invalid: [400, false, 'The request does not fit its schema; correct the named field and send it again.'],
  too_large: [413, false, 'The request is larger than what a person could be shown whole; make it smaller.'],
  unauthenticated: [401, false, 'The token is missing, malformed, expired or revoked; present a valid one.'],
  forbidden: [403, false, 'This role may not do that; ask someone who holds the role that is named.'],
  not_found: [404, false, 'There is nothing with that id.'],
  conflict: [409, false, 'This does not fit what stands; look at the details and decide again.'],
  already_decided: [409, false, 'Somebody decided this already; their decision stands.'],
  already_reported: [409, false, 'The outcome of this action was reported already; the first report stands.'],
  expired: [410, false, 'The time for this has passed; ask again if it is still needed.'],
  not_released: [409, false, 'This action has not been released; wait for the decision.'],
  agent_stopped: [409, false, 'The agent is stopped or has no unfinished run; start a run first.'],
  agent_locked: [423, false, 'The agent was stopped by an operator and is locked until it is reinstated.'],
  paused: [409, true, 'The agent is paused; try again once it has been resumed.'],
  under_order: [409, true, 'A standing order holds this agent; lift the order first.'],
  stale_epoch: [409, false, 'Another process holds this run now; this one must halt.'],
  lease_lost: [409, true, 'There is no unexpired lease; renew it before acting.'],
  not_permitted: [403, false, 'Policy does not permit this action to this agent.'],
  denied_before: [409, false, 'The same action was denied a short while ago; the first reason stands.'],
  second_factor_required: [403, false, 'Releasing this needs a fresh second factor.'],
  second_factor_invalid: [403, false, 'That second factor was not accepted; use a fresh code.'],
  second_factor_locked: [
    423,
    true,
    'The second factor is locked after too many wrong codes; wait or ask an admin.',
  ],
  rate_limited: [429, true, 'Too much at once; slow down and try again.'],
  draining: [503, true, 'This server is shutting down; reconnect and ask again with the same key.'],
  unavailable: [503, true, 'The store can not be reached; ask again with the same key.'],
  unknown: [503, true, 'Whether this was done is not known; ask again with the same key to get the answer.'],
  unknown_outcome: [
    409,
    false,
    'Another process began this action and nobody knows how it ended; a person must look.',
  ],
  unsupported_protocol: [400, false, 'This server does not speak that protocol version; update the client.'],
  internal: [500, true, 'Something broke on the server; the log has the details under the same time.'],
} as const satisfies Record<string, readonly [number, boolean, string]>

export type ErrorCode = keyof typeof catalogue

/** The codes, for documents and for clients that check what they receive. */
export const errorCodes = Object.keys(catalogue) as readonly ErrorCode[]

/** A refusal as it is returned, stored and sent. `message` is a sentence for a person; `details` holds what stands. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly retryable: boolean
  readonly details?: Readonly<Record<string, unknown>>
}

/** Makes a refusal. Without `message` the catalogue's sentence is used. */
export function refusal(code: ErrorCode, message?: string, details?: Record<string, unknown>): Refusal {
  const [, retryable, sentence] = catalogue[code]
  return { code, message: message ?? sentence, retryable, ...(details ? { details } : {}) }
}

/** A refusal as a `Result`, for returning. */
export const refused = (code: ErrorCode, message?: string, details?: Record<string, unknown>) =>
  ({ ok: false, error: refusal(code, message, details) }) as const

/** The HTTP status that goes with a code (RFC 9110). */
export const httpStatus = (code: ErrorCode): number => catalogue[code][0]
