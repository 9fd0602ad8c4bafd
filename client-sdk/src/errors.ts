import { type ErrorCode, type Refusal, refusal } from '@holdpoint/shared'

/** A refusal by the server, or by the client on its behalf; `code` is from the catalogue in `@holdpoint/shared`. */
export class HoldpointError extends Error {
  override readonly name: string = 'HoldpointError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options)
    this.code = refusal.code
    this.retryable = refusal.retryable
    this.details = refusal.details ?? {}
  }
}

/** Why a client may never act again: by an operator, by its own `complete()` or `close()`, or as its run is gone. */
export type StopCause = 'stopped' | 'completed' | 'superseded' | 'closed' | 'lost'

/** The run has ended for this process (AG3): thrown by `checkpoint()`, and the reason of the client's `signal`. */
export class AgentStoppedError extends HoldpointError {
  override readonly name: string = 'AgentStoppedError'
  readonly ended: StopCause

  constructor(ended: StopCause, refusal: Refusal) {
    super(refusal)
    this.ended = ended
  }
}

/** Another process took the run over (AG6). This one never takes it back by itself. */
export class RunSupersededError extends AgentStoppedError {
  override readonly name = 'RunSupersededError'

  constructor(refusal: Refusal) {
    super('superseded', refusal)
  }
}

/** The agent has an unfinished run (AG6): start with `takeover: true` to go on with it in this process. */
export class RunHeldError extends HoldpointError {
  override readonly name = 'RunHeldError'
  /** The unfinished run, where the server named it. */
  readonly run: string | undefined
  /** How long until the holder's lease will have run out, ms, where the server said. */
  readonly retryAfterMs: number | undefined

  constructor(refusal: Refusal, run: string | undefined, retryAfterMs: number | undefined) {
    super(refusal)
    this.run = run
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * Whether it was done is not known (PR2): call again with this `key` to get the first answer. Its `cause` is why the last
 * try could not tell, where that was refused.
 */
export class OutcomeUnknownError extends HoldpointError {
  override readonly name = 'OutcomeUnknownError'
  readonly key: string

  constructor(key: string, refusal: Refusal, options?: ErrorOptions) {
    super(refusal, options)
    this.key = key
  }
}

/** `cause`: why the last try could not tell. */
export const outcomeUnknown = (key: string, cause?: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(
    key,
    refusal('unknown', 'No answer came; whether it was done is not known. Ask again with the same key.'),
    { cause },
  )

/** Throw it from the function given to `run()` to say how the action ended, instead of the client guessing. */
export class ActionFailure extends Error {
  override readonly name = 'ActionFailure'
  readonly outcome: 'failure' | 'unknown'
  /** How bad, in [0, 1]. */
  readonly severity: number | undefined

  constructor(
    message: string,
    options: { outcome?: 'failure' | 'unknown'; severity?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.outcome = options.outcome ?? 'failure'
    this.severity = options.severity
  }
}
