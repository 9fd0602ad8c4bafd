/** ST9: compares the database with its witness, to see whether history has been lost since the witness was written. */
import type { Log } from './log.ts'
import type { Meta } from './meta.ts'
import type { Witness } from './witness.ts'

/** A partition whose witnessed event is gone or another one. */
export interface LostHistory {
  readonly partition: string
  readonly tenant: string
  readonly witnessed: { readonly seq: number; readonly hash: string }
  readonly found: { readonly seq: number; readonly hash: string }
}

export interface Verdict {
  readonly epoch: number
  /** Empty where nothing is lost. */
  readonly lost: readonly LostHistory[]
}

/** Minutes since 2025: what no store has reached by counting its own epochs. Source: EPOCH_PATTERN holds 9 digits. */
const MINUTES_SINCE = Date.UTC(2025, 0, 1)
const MINUTE_MS = 60_000

/**
 * The epoch to go on with, and what was lost.
 * - Behind its witness, of another history or another store: one more than the greater of the two epochs.
 * - No witness beside a database that has events: nobody knows which epochs were used after the copy was taken, so
 *   the number is taken from the wall clock, beyond any count.
 */
export function judge(meta: Meta, log: Log, witness: Witness | undefined, now: number): Verdict {
  const heads = log.heads()
  if (!witness) {
    if (heads.length === 0) return { epoch: meta.epoch, lost: [] }
    const epoch = Math.max(meta.epoch + 1, Math.floor((now - MINUTES_SINCE) / MINUTE_MS))
    return { epoch, lost: heads.map((head) => ({ ...head, witnessed: { seq: 0, hash: '' }, found: head })) }
  }
  const lost = witness.heads.flatMap((witnessed): LostHistory[] => {
    const { partition, tenant, seq, hash } = witnessed
    const standing = log.partition(partition)
    const found = { seq: standing?.seq ?? 0, hash: standing?.hash ?? '' }
    const wasTrimmed = standing !== undefined && seq < standing.trimmedSeq
    const same = standing !== undefined && log.hashAt(standing, seq) === hash
    return wasTrimmed || same ? [] : [{ partition, tenant, witnessed: { seq, hash }, found }]
  })
  const another = witness.storeId !== meta.storeId || witness.epoch > meta.epoch
  const greatest = Math.max(meta.epoch, witness.epoch)
  return { epoch: lost.length > 0 || another ? greatest + 1 : greatest, lost }
}
