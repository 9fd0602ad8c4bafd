/** ST3 where replicas may be promoted: what is written counts once enough of them have it. */
import { ANSWER_WITHIN_MS, AnswerLost, type Connection, type Reply } from './connection.ts'

/**
 * How long a commit waits for its replicas by default, ms. Until then the connection answers nothing else, and one that is
 * silent for long is taken for dead: replicas that lag must not break it for everybody.
 */
export const REPLICAS_WITHIN_MS = ANSWER_WITHIN_MS / 2

/** How many replicas must have a commit before it counts, and within which time, ms. */
export interface Replicas {
  readonly atLeast: number
  readonly withinMs: number
  /** They must have it on disk, as this Redis must (WAITAOF); by default where Redis can say so (7.2). */
  readonly onDisk: boolean
}

/**
 * Resolves once as many replicas as asked for have what this Redis holds of the partition with this head. Rejects with
 * AnswerLost otherwise, whatever went wrong: what was written before is written, and a refusal of this call says nothing of it.
 */
export async function confirmReplicated(
  { send }: Pick<Connection, 'send'>,
  head: string,
  { atLeast, withinMs, onDisk }: Replicas,
): Promise<void> {
  const asked = [String(atLeast), String(withinMs)]
  let reply: Reply
  try {
    // WAIT speaks of this connection's own writes: with this one it covers what another has written, and found again, too.
    // Both are waited for at once: a connection that breaks fails both, and a failure that nobody hears ends the process.
    ;[, reply] = await Promise.all([
      send('SET', `${head}:confirmed`, '1'),
      onDisk ? send('WAITAOF', '1', ...asked) : send('WAIT', ...asked),
    ])
  } catch (error) {
    const { message } = error as Error
    throw new AnswerLost(`Redis did not say that its replicas have the commit: ${message}`, {
      cause: error,
    })
  }
  const [here = 0, there = 0] = onDisk ? (reply as readonly number[]) : [1, Number(reply)]
  if (here < 1 || there < atLeast)
    throw new AnswerLost(`Only ${there} of ${atLeast} replicas have the commit.`)
}
