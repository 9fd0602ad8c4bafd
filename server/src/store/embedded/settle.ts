/**
 * How a batch becomes durable. A small one goes into the journal: one row instead of a page in each table and index that it
 * touches. The tables get it later and together, where a document that has changed ten times is written once. A large one
 * shares those pages among its own changes, so it goes into the tables at once.
 */
import { adoptDraft, type Draft, type EncodedChange, type Tables } from './apply-change.ts'
import { journalTable } from './journal.ts'
import { metaTable } from './meta.ts'
import type { Db } from './sqlite.ts'

/** As many changes as cost the same either way, by measurement. */
const LARGE = 16
/** How many expired answers are cleared away for each change: more than it can add, so they never pile up. */
const PURGED_PER_CHANGE = 4

export type Settlement = ReturnType<typeof settlement>

export function settlement(db: Db, tables: Tables) {
  const journal = journalTable(db)
  const meta = metaTable(db)
  let owed = 0
  let lastCommit = 0

  function writeOwed(): void {
    if (owed === 0) return
    // first, so that its pages have room for the rest on a full disk
    journal.clear()
    for (const table of Object.values(tables)) table.write()
  }

  function end(at: number, changes: number): void {
    meta.setLastCommit(at)
    tables.answers.purge(at, changes * PURGED_PER_CHANGE)
  }

  /**
   * To be told once a transaction with what is owed has ended well. The tables begin new maps then: one that is cleared leads
   * from its former table to the next, and through one that has grown old all that any batch took outlives the quick
   * collections.
   */
  function written(): void {
    for (const table of Object.values(tables)) table.written()
    owed = 0
  }

  return {
    /** How many changes are durable, and not in the tables. */
    owed: (): number => owed,

    /** Writes what a batch took, within its transaction. Returns what to do once that is durable. */
    record(draft: Draft, changes: readonly EncodedChange[]): () => void {
      const isLarge = changes.length >= LARGE
      if (isLarge) {
        writeOwed()
        tables.log.write(draft.log)
        tables.documents.write(draft.documents)
        tables.answers.write(draft.answers)
        tables.deadlines.write(draft.deadlines)
        tables.records.write(draft.records.rows)
        tables.blobs.write(draft.blobs)
        end(draft.now, owed + changes.length)
      } else journal.add({ now: draft.now, changes })
      return () => {
        adoptDraft(tables, draft)
        lastCommit = draft.now
        if (isLarge) written()
        else owed += changes.length
      }
    },

    /** Takes up what an earlier process left in the journal. */
    adopt(draft: Draft, changes: number): void {
      adoptDraft(tables, draft)
      lastCommit = draft.now
      owed += changes
    },

    /** Brings the tables up to date, within a transaction. */
    write(): void {
      writeOwed()
      end(lastCommit, owed)
    },
    written,
  }
}
