/** ST9, PR4: compares what Redis holds with what was witnessed, and settles the epoch where history is gone. */
import { canonicalText } from '@holdpoint/shared'
import { type Known, openChain } from './chain.ts'
import type { Connection } from './connection.ts'
import { headerRest } from './event-entry.ts'
import { type Keys, tenantOf } from './keys.ts'
import { type Meta, recordTenant } from './meta.ts'
import { scripts } from './script.ts'
import { readStandings } from './standings.ts'
import type { Witness } from './witness.ts'

/** A partition whose witnessed event is gone or another one. */
interface LostHistory {
  readonly partition: string
  readonly witnessed: Known
  readonly found: Known
}

interface Place {
  readonly connection: Pick<Connection, 'send' | 'run'>
  readonly keys: Keys
  readonly timeArgs: () => readonly [string, string]
}

/**
 * The epoch to go on with. Where history was lost, or Redis holds another store, it is one more than the greater of the two;
 * each feed that lost some is told so by a `store.history_lost` event `{ epoch, previousEpoch, witnessed, found }`, and no
 * node can commit there any more under an earlier epoch.
 */
export async function settleEpoch(place: Place, meta: Meta, witness: Witness | undefined): Promise<number> {
  if (!witness) return meta.epoch
  const lost = await lostSince(place, witness)
  const another = witness.storeId !== meta.storeId
  if (lost.length === 0 && !another) return meta.epoch
  const { connection, keys } = place
  const wanted = Math.max(meta.epoch, witness.epoch + 1)
  // Every node that noticed asks for the same epoch, so that one loss counts once.
  const epoch = Number(await connection.run(scripts.raiseEpoch, keys.store, [String(wanted)]))
  for (const one of lost) await note(place, epoch, witness.epoch, one)
  return epoch
}

async function lostSince({ connection, keys }: Place, { heads }: Witness): Promise<LostHistory[]> {
  // Nothing that is in memory may be believed here.
  const chain = openChain(connection, keys)
  const standings = await readStandings(connection, keys, [...heads.keys()])
  const judged = standings.map(async ({ partition, seq, trimmedSeq }): Promise<LostHistory[]> => {
    const witnessed = heads.get(partition)
    if (!witnessed || witnessed.seq === 0 || witnessed.seq < trimmedSeq) return []
    const there = witnessed.seq <= seq && (await chain.hash(partition, witnessed.seq)) === witnessed.hash
    if (there) return []
    return [{ partition, witnessed, found: { seq, hash: await chain.hash(partition, seq) } }]
  })
  return (await Promise.all(judged)).flat()
}

async function note(
  { connection, keys, timeArgs }: Place,
  epoch: number,
  previousEpoch: number,
  { partition, witnessed, found }: LostHistory,
): Promise<void> {
  const event = { type: 'store.history_lost', by: 'system' }
  const data = canonicalText({ epoch, previousEpoch, witnessed, found })
  // The partition may be gone with everything else.
  await recordTenant(connection, keys, tenantOf(partition))
  await connection.run(scripts.noteLostHistory, keys.head(partition), [
    ...timeArgs(),
    String(epoch),
    event.type,
    event.by,
    data,
    headerRest(event),
  ])
}
