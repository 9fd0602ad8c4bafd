/** ST6, ST10: deadlines over all partitions. */
import type { DueDeadline } from '../store.ts'
import type { Connection, Reply } from './connection.ts'
import { deadlineOf } from './encode-change.ts'
import { type Keys, tenantOf } from './keys.ts'
import { scripts } from './script.ts'

interface Place {
  readonly connection: Connection
  readonly keys: Keys
  readonly timeArgs: () => readonly [string, string]
  readonly learnTime: (time: number) => void
}

/** The oldest `limit` that are due. Another node may be claiming too: each is handed to one, and this may be fewer. */
export async function claimDeadlines(
  place: Place,
  partitions: readonly string[],
  limit: number,
  leaseMs: number,
): Promise<DueDeadline[]> {
  const shares = await sharesOf(place, partitions, limit)
  const claimed = await Promise.all(
    [...shares].map(([partition, share]) => claim(place, partition, share, leaseMs)),
  )
  return claimed.flat().sort((a, b) => a.dueAt - b.dueAt)
}

/** How many each partition has among the oldest. */
async function sharesOf(
  { connection, keys, timeArgs }: Place,
  partitions: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, number>> {
  const [only] = partitions
  if (only !== undefined && partitions.length === 1) return new Map([[only, limit]])
  const due = await Promise.all(
    partitions.map(async (partition) => {
      const times = await connection.run(scripts.dueTimes, keys.head(partition), [
        ...timeArgs(),
        String(limit),
      ])
      return (times as readonly number[]).map((dueAt) => ({ partition, dueAt }))
    }),
  )
  const shares = new Map<string, number>()
  for (const { partition } of due
    .flat()
    .sort((a, b) => a.dueAt - b.dueAt)
    .slice(0, limit))
    shares.set(partition, (shares.get(partition) ?? 0) + 1)
  return shares
}

async function claim(
  { connection, keys, timeArgs, learnTime }: Place,
  partition: string,
  limit: number,
  leaseMs: number,
): Promise<DueDeadline[]> {
  const args = [...timeArgs(), String(limit), String(leaseMs)]
  const reply = await connection.run(scripts.claimDeadlines, keys.head(partition), args)
  const [now, ...pairs] = reply as readonly Reply[]
  learnTime(Number(now))
  const claimed: DueDeadline[] = []
  for (let i = 0; i < pairs.length; i += 2)
    claimed.push({ ...deadlineOf(tenantOf(partition), String(pairs[i])), dueAt: Number(pairs[i + 1]) })
  return claimed
}

/** Claims that ran out count as theirs: whoever claims next puts them back. */
export async function nextDeadlineAt(
  { connection: { send }, keys }: Place,
  partitions: readonly string[],
): Promise<number | undefined> {
  const firsts = await Promise.all(
    partitions
      .flatMap((partition) => [`${keys.head(partition)}:due`, `${keys.head(partition)}:claimed`])
      .map((key) => send('ZRANGE', key, '0', '0', 'WITHSCORES')),
  )
  const times = (firsts as readonly (readonly string[])[]).flatMap(([, time]) => (time ? [Number(time)] : []))
  return times.length > 0 ? Math.min(...times) : undefined
}
