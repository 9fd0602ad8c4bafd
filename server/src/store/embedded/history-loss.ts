/** ST9: compares the database with its witness, to see whether history has been lost since the witness was written. */
import { randomInt } from 'node:crypto'
import { MINUTE } from '@holdpoint/shared'
import { ChangeTexts } from '../change-texts.ts'
import type { Head } from '../store.ts'
import { encodeEvent, type Log } from './log.ts'
import { type Meta, metaTable } from './meta.ts'
import type { Db } from './sqlite.ts'
import type { Witness } from './witness.ts'

/**
 * Settles the epoch to go on with. Where history was lost it rises, and each feed that lost some is told so by a
 * `store.history_lost` event: `{ epoch, previousEpoch, witnessed: { seq, hash }, found: { seq, hash } }`.
 * Returns the meta row as it stands then.
 */
export function settleEpoch(db: Db, log: Log, meta: Meta, witness: Witness | undefined, now: number): Meta {
  const { epoch, lost } = judge(meta, log, witness, now)
  if (epoch === meta.epoch) return meta
  const row = metaTable(db)
  const draft = log.draft()
  db.transaction(() => {
    row.setEpoch(epoch)
    // the log goes on beside the journal: one of before no longer does
    row.setSettled({ number: row.settled().number, check: randomInt(2 ** 32) }, now)
    for (const { partition, tenant, witnessed, found } of lost) {
      const data = { epoch, previousEpoch: meta.epoch, witnessed, found }
      const event = encodeEvent({ type: 'store.history_lost', by: 'system', data }, new ChangeTexts())
      draft.append({ partition, tenant }, { at: now }, [event])
    }
    draft.adopt()
    log.leave()
    for (const _ of log.write());
  })()
  log.left()
  return { ...meta, epoch, lastCommit: now }
}

/** A partition whose witnessed event is gone or another one. */
interface LostHistory {
  readonly partition: string
  readonly tenant: string
  readonly witnessed: { readonly seq: number; readonly hash: string }
  readonly found: { readonly seq: number; readonly hash: string }
}

interface Verdict {
  readonly epoch: number
  /** Empty where nothing is lost. */
  readonly lost: readonly LostHistory[]
}

/** Minutes since then are more epochs than a store counts by itself, and fit the nine digits of EPOCH_PATTERN. */
const EPOCH_MINUTES_SINCE = Date.UTC(2025, 0, 1)

/**
 * The epoch to go on with, and what was lost.
 * - Behind its witness, of another history or another store: one more than the greater of the two epochs.
 * - No witness beside a database that has events: nobody knows which epochs were used after the copy was taken, so
 *   the number is taken from the wall clock, beyond any count.
 */
function judge(meta: Meta, log: Log, witness: Witness | undefined, now: number): Verdict {
  const heads = log.heads()
  if (!witness) {
    if (heads.length === 0) return { epoch: meta.epoch, lost: [] }
    const epoch = Math.max(meta.epoch + 1, Math.floor((now - EPOCH_MINUTES_SINCE) / MINUTE))
    return { epoch, lost: heads.map(unwitnessed) }
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

const unwitnessed = ({ partition, tenant, seq, hash }: Head): LostHistory => ({
  partition,
  tenant,
  witnessed: { seq: 0, hash: '' },
  found: { seq, hash },
})
