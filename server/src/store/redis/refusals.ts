/** ST8: what Redis says before it has written anything, told from what leaves that open. */
import { ErrorReply } from 'redis'
import { StoreUnavailable } from '../store.ts'
import { AnswerLost } from './connection.ts'

const NOTHING_WRITTEN =
  /^(OOM|MISCONF|READONLY|LOADING|BUSY|MASTERDOWN|NOREPLICAS|NOPERM|NOAUTH|MOVED|ASK|CLUSTERDOWN|TRYAGAIN|NOSCRIPT) /
/**
 * Said of its own state, or its place in a cluster of replicas: that passes, or somebody makes room. A script that it forgot is sent whole.
 * Everything else is said of the call, or of how Redis is set up, and waiting mends neither.
 */
const OF_ITS_STATE =
  /^(OOM|MISCONF|READONLY|LOADING|BUSY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED|NOSCRIPT) |^ERR WAIT(AOF)? cannot be used with replica |^ERR max number of clients reached/
/** Said of a script's own commands: those before it may have written. Of a script as a whole Redis says it before it runs. */
const WITHIN_SCRIPT = / on @user_script:\d+\.?$/

/** What Redis said by it where it takes no writes, to the call itself or to what confirms it. */
export function refusalIn(error: unknown): ErrorReply | undefined {
  const reply = error instanceof AnswerLost ? error.cause : error
  if (!(reply instanceof ErrorReply)) return undefined
  return NOTHING_WRITTEN.test(reply.message) && !WITHIN_SCRIPT.test(reply.message) ? reply : undefined
}

/** Said by what was the primary when the connection was made, and is it no more. */
const OF_A_REPLICA = /^(READONLY|MASTERDOWN) |^ERR WAIT(AOF)? cannot be used with replica /

export const isOfReplica = (error: unknown): boolean =>
  error instanceof ErrorReply && OF_A_REPLICA.test(error.message)

/** Whether a call that is asked again later may find what it needs, as it stands; a defect is refused the same way for ever. */
export const isDefect = (reply: ErrorReply): boolean => !OF_ITS_STATE.test(reply.message)

/**
 * Whether a script ended in its midst. Redis undoes nothing: a commit that is sent again would find its attempt, and take the half that
 * was written for the whole.
 */
export const isHalfDone = (error: unknown): boolean => error instanceof ErrorReply && !refusalIn(error)

/** Whether a call that failed so may have written; of an error that nobody knows, nobody knows how far it got. */
export const mayHaveTakenEffect = (error: unknown): boolean =>
  error instanceof AnswerLost || !(error instanceof StoreUnavailable || refusalIn(error))
