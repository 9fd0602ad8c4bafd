/** ST3 where replicas may be promoted: what is written counts once enough of them have it. */
import { ANSWER_WITHIN_MS, AnswerLost, type Connection, type Reply } from './connection.ts'

/**
 * How long a commit waits for its replicas by default, ms. Until then the connection answers nothing else, and one that is
 * silent for long is taken for dead: replicas that lag must not break it for everybody.
 */
export const REPLICAS_WITHIN_MS = ANSWER_WITHIN_MS / 2

/**
 * A replica says once, when it is asked, what is on its disk: often a moment before the commit is there, and then for a second no
 * more. So it is asked again after so long, ms, and then after twice as long: what is asked for in between has its turn first.
 */
const ASK_AGAIN_MS = 25

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
  monotonicMs: () => number = () => performance.now(),
): Promise<void> {
  const wait = (ms: number): Promise<Reply> =>
    onDisk ? send('WAITAOF', '1', String(atLeast), String(ms)) : send('WAIT', String(atLeast), String(ms))
  const until = monotonicMs() + withinMs
  let step = onDisk ? Math.min(withinMs, ASK_AGAIN_MS) : withinMs
  let reply: Reply
  try {
    // WAIT speaks of this connection's own writes: with this one it covers what another has written, and found again, too.
    // Both are waited for at once: a connection that breaks fails both, and a failure that nobody hears ends the process.
    ;[, reply] = await Promise.all([send('SET', `${head}:confirmed`, '1'), wait(step)])
    for (let left = until - monotonicMs(); left >= 1 && !suffices(reply); left = until - monotonicMs()) {
      step *= 2
      reply = await wait(Math.floor(Math.min(step, left)))
    }
  } catch (error) {
    const { message } = error as Error
    throw new AnswerLost(`Redis did not say that its replicas have the commit: ${message}`, {
      cause: error,
    })
  }
  if (!suffices(reply))
    throw new AnswerLost(`Only ${counts(reply)[1]} of ${atLeast} replicas have the commit.`)

  function suffices(said: Reply): boolean {
    const [here, there] = counts(said)
    return here >= 1 && there >= atLeast
  }
  function counts(said: Reply): readonly [number, number] {
    return onDisk ? (said as [number, number]) : [1, Number(said)]
  }
}
