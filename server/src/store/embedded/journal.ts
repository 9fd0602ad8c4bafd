/**
 * The journal: what is durable there is committed, and the tables get it later (settling.ts). Two files take turns: while one
 * is written to, what the other holds goes into the tables, and once that is on disk it is begun anew.
 */
import { StoreUnusable } from '../store.ts'
import type { Disk } from './disk.ts'
import { JournalFile, NoRoom, type Place, readJournalFile } from './journal-file.ts'
import { noRoom, type StoreHealth } from './store-health.ts'

/** From this length on the other file's turn comes, once it is free. Unit: bytes. */
const LONG = 4 * 2 ** 20

export type Journal = ReturnType<typeof openJournal>

/** `last`: the last entry that was ever written; the tables have it on disk by now. */
export function openJournal(paths: readonly [string, string], last: Place, disk: Disk, health: StoreHealth) {
  let writing = new JournalFile(paths[0], disk)
  let other = new JournalFile(paths[1], disk)
  let written = 0

  return {
    /** The last entry. */
    get last(): Place {
      return last
    },

    /** How much was ever appended here, bytes. */
    get written(): number {
      return written
    },

    /** Returns once it is on disk. Throws StoreUnavailable where it certainly is not, and OutcomeUnknown where it may be. */
    append(pieces: readonly string[]): void {
      try {
        // where there is no room for another file, this one goes on
        if (writing.length >= LONG && !other.last && other.isReady()) [writing, other] = [other, writing]
        const before = writing.last ? writing.length : 0
        last = writing.append(pieces, last)
        written += writing.length - before
      } catch (error) {
        throw error instanceof NoRoom ? noRoom(error) : health.fail(error)
      }
    },

    /** Whether a file would be free if the tables had everything up to that entry on disk. */
    waitsFor: (upTo: Place): boolean => other.last !== undefined && other.last.number <= upTo.number,

    /** The tables have everything up to that entry, on disk. */
    release(upTo: Place): void {
      for (const file of [writing, other]) if (file.last && file.last.number <= upTo.number) file.beginAnew()
    },

    close(): void {
      writing.close()
      other.close()
    },
  }
}

/** An entry that the tables lack. */
export interface OwedEntry extends Place {
  readonly text: string
}

/**
 * What the journal's files hold beyond the entry that the tables got last. Throws StoreUnusable for files that don't go on from
 * there: they belong to another copy of the database, or are damaged.
 */
export function readJournal(paths: readonly string[], settled: Place): readonly OwedEntry[] {
  const files = paths
    .flatMap((path) => {
      const found = readJournalFile(path, settled)
      if (found === 'headless') throw headless(path)
      return found ?? []
    })
    .toSorted((one, other) => one.after.number - other.after.number)
  const owed: OwedEntry[] = []
  let last = settled
  for (const { after, entries } of files) {
    let before = after
    for (const entry of entries) {
      const goesOn = before.number === last.number && before.check === last.check
      if (entry.number === last.number && entry.check !== last.check) throw notOfThisDatabase(last, entry)
      if (entry.number > last.number) {
        const { text } = entry
        if (text === undefined) throw damagedBehind(last)
        if (before.number > last.number) throw lacking(last, entry)
        if (!goesOn) throw notOfThisDatabase(last, entry)
        owed.push({ ...entry, text })
        last = entry
      }
      before = entry
    }
  }
  return owed
}

const NAMES = '(holdpoint.db-journal-a, -b)'
const ALONE =
  "move the journal's files away to go on with the database alone, which loses what only they hold."

const headless = (path: string): StoreUnusable =>
  new StoreUnusable(
    `The beginning of ${path} is damaged, so that nobody can tell which commits the journal ${NAMES} holds: ` +
      `restore a backup, or ${ALONE}`,
  )

const damagedBehind = ({ number }: Place): StoreUnusable =>
  new StoreUnusable(
    `The journal ${NAMES} is damaged behind batch ${number}, and what was committed later stands behind that: ` +
      `restore a backup, or ${ALONE}`,
  )

const lacking = (last: Place, found: Place): StoreUnusable =>
  new StoreUnusable(
    `The database and the journal beside it ${NAMES} hold what was committed up to batch ${last.number}, and then from batch ` +
      `${found.number} on: what lies between is damaged or gone, or the database is of an older backup. Put both back from the ` +
      `same backup, or ${ALONE}`,
  )

const notOfThisDatabase = (last: Place, found: Place): StoreUnusable =>
  new StoreUnusable(
    `The database holds what was committed up to batch ${last.number}, and the journal beside it ${NAMES} ` +
      `goes on at ${found.number} of another history: put both back from the same backup, or ${ALONE}`,
  )
