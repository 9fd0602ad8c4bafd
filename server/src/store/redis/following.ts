/** AG4: whether this Redis is still the one that counts, where another may be promoted in its place without its hearing of it. */
import { StoreUnavailable } from '../store.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { confirmReplicated, type Replicas } from './replicas.ts'

/** A replica says every second how far it is. One that has missed two of these is not waited for, s. */
const MOST_LAG_S = 2

/**
 * Resolves once as many replicas as a commit needs have taken something from this Redis that was written after the call. A replica
 * that does so was not promoted by then and follows nobody else; so where enough of them do, no other Redis can have got a commit
 * confirmed. What they say by themselves is not enough: it may be seconds old, or have lain in a process that stood still.
 */
export async function assertFollowed(
  { send }: Pick<Connection, 'send'>,
  keys: Keys,
  replicas: Replicas,
): Promise<void> {
  const { atLeast } = replicas
  // Asking those that are gone would hold the connection up for everybody, look after look.
  const following = countFollowing(String(await send('INFO', 'replication')))
  if (following < atLeast) throw notFollowed(`Only ${following} of the ${atLeast} replicas`)
  try {
    await confirmReplicated({ send }, keys.store, { ...replicas, onDisk: false })
  } catch (error) {
    throw notFollowed(`Not all of the ${atLeast} replicas`, error)
  }
}

/** Redis's own lines: `slave0:ip=…,port=…,state=online,offset=…,lag=0`. */
const countFollowing = (replication: string): number =>
  [...replication.matchAll(/^slave\d+:.*\bstate=online\b.*\blag=(\d+)/gm)].filter(
    ([, lag]) => Number(lag) <= MOST_LAG_S,
  ).length

const notFollowed = (howMany: string, cause?: unknown): StoreUnavailable =>
  new StoreUnavailable(
    `${howMany} that HOLDPOINT_REDIS_REPLICAS asks for follow this Redis, so another may have been promoted in its place. ` +
      'Bring the replicas back, or lead HOLDPOINT_REDIS_URL to the primary.',
    { cause },
  )
