import type { Cancel, Clock } from '../../clock.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store.ts'
import type { Db } from './sqlite.ts'

/** As much as the largest document, its arguments and its records come to, with room to spare. */
const PROBE_TEXT = 'x'.repeat(256 * 1024)
/** Between two probes, ms. */
const PROBE_EVERY_MS = 2_000

/**
 * Knows whether there is room to write. A commit that found none may have been an operator's stop, so it counts until
 * a write as large as any command's has been taken; a smaller commit that goes through proves nothing about that.
 */
export interface WriteWatch {
  writable(): boolean
  /** A write was refused for lack of room, or by a failing device: probes at once, and again until one is taken. */
  refused(): void
  stop(): void
}

/** Each throws StoreUnavailable where there is no room for it, and OutcomeUnknown where the disk did not confirm it. */
interface Steps {
  /** Brings the tables up to date with the journal. */
  settle(): void
  /** Makes one durable step in the database. */
  transact(work: () => void): void
  /** Writes the text into the journal, where commits go. */
  probe(text: string): void
}

export function writeWatch(db: Db, clock: Clock, { settle, transact, probe: write }: Steps): WriteWatch {
  // No tenant's id is empty, so nobody's blobs are touched.
  const fill = db.prepare(`INSERT OR REPLACE INTO blobs (tenant, digest, text) VALUES ('', 'probe', ?)`)
  const empty = db.prepare(`DELETE FROM blobs WHERE tenant = '' AND digest = 'probe'`)
  let isWritable = true
  let stopped = false
  let timer: Cancel | undefined

  const probe = (): void => {
    timer = undefined
    try {
      // what is owed takes room first: commits end where too much is
      settle()
      transact(() => {
        fill.run(PROBE_TEXT)
        // its pages are free again at the COMMIT, and written by it all the same: a write-ahead log leaves none out
        empty.run()
      })
      // last, because the journal keeps it: room that was made must not be used up by looking for it
      write(PROBE_TEXT)
      isWritable = true
    } catch (error) {
      // The disk did not confirm it: whoever ends the process has been told.
      if (error instanceof OutcomeUnknown) return
      if (!(error instanceof StoreUnavailable)) throw error
      if (!stopped) timer = clock.after(PROBE_EVERY_MS, probe)
    }
  }

  return {
    writable: () => isWritable,
    refused() {
      if (!isWritable) return
      isWritable = false
      probe()
    },
    stop() {
      stopped = true
      timer?.()
    },
  }
}
