import type { CommandId, Head, NewEvent, StoredEvent } from '@holdpoint/server'
import { chainHash, dataDigestOf } from '@holdpoint/server/parts'
import { canonicalText } from '@holdpoint/shared'

/** One feed: dense and chained (ST5, PR7). */
export interface Partition extends Head {
  seq: number
  hash: string
  events: StoredEvent[]
  archivedSeq: number
  trimmedSeq: number
  trimmedHash: string
}

export const emptyPartition = (partition: string, tenant: string): Partition => ({
  partition,
  tenant,
  seq: 0,
  hash: '',
  events: [],
  archivedSeq: 0,
  trimmedSeq: 0,
  trimmedHash: '',
})

/** Appends, or throws and appends nothing. */
export function appendEvents(
  partition: Partition,
  cause: { readonly at: number; readonly command?: CommandId },
  events: readonly NewEvent[],
): readonly StoredEvent[] {
  const { tenant, partition: name } = partition
  let { seq, hash } = partition
  const appended = events.map((event): StoredEvent => {
    seq += 1
    const text = canonicalText(event.data)
    const header = { ...event, data: JSON.parse(text), partition: name, seq, ...cause }
    hash = chainHash(hash, header, dataDigestOf(text))
    return { ...header, tenant, hash }
  })
  Object.assign(partition, { seq, hash })
  partition.events.push(...appended)
  return appended
}
