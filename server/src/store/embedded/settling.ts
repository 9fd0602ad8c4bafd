/**
 * Brings into the tables what is durable in the journal alone: when so much is owed to them, when nobody has committed for a
 * moment, or when somebody asks for what only they know. That goes row by row, a few milliseconds in a turn; commits go on meanwhile, into the journal. What has
 * changed ten times since is written once.
 *
 * Such a transaction needs no flush: lost, it is owed again. The tables say up to which entry they have everything, in the same
 * transaction, and the journal keeps what is not on disk there.
 */
import { StoreUnavailable } from '../store.ts'
import { adoptDraft, type Draft, type Tables } from './apply-change.ts'
import type { CopyPace } from './copy-pace.ts'
import type { DatabaseSteps } from './database-steps.ts'
import type { Journal } from './journal.ts'
import type { Place } from './journal-file.ts'
import { loan } from './loan.ts'
import type { metaTable } from './meta.ts'
import type { OwingTable } from './owed-rows.ts'
import { share } from './share.ts'
import { notWritten, type StoreHealth } from './store-health.ts'
import { waitingReaders } from './waiting-readers.ts'

/**
 * Changes that the tables may lack before they get them, where nothing else is said. What they get together shares pages of the database,
 * each of which is written to its log and copied from there: with a quarter as many, each change costs a sixth more of all that a server does
 * (docs/benchmarks.md).
 */
export const OWED = 8_192
/** … and how many pages their documents may come to: a share that fits small ones is far too much where large ones come next. */
const OWED_DOCUMENT_PAGES = 8_192
/** … and how many more changes on a full disk, where whoever reads has to have them all written: nothing more is taken then. */
const OWED_MORE = 2_048
/** What the journal holds of that, as well: items may be large. Unit: bytes. */
const OWED_BYTES = 64 * 2 ** 20
/**
 * How much JSON the documents may have that are kept in memory until the tables get them: whole ones, of which the journal holds only what
 * changed. Nothing is waited for from there on, and on a full disk no more is taken. Half as much may gather while these are written, and
 * a batch. Unit: UTF-16 units, of which V8 makes a byte or two, and more of small fields.
 */
const OWED_DOCUMENTS = 64 * 2 ** 20
/** How long rows are written in one turn, ms; longer where as much would gather meanwhile as they were. */
const SLICE_MS = 4
/** Rows between two looks at the clock. */
const LOOK_EVERY = 8
/** How many expired answers are cleared away for each change: more than it can add, so they never pile up. */
const PURGED_PER_CHANGE = 4

interface SettlingParts {
  readonly tables: Tables
  readonly meta: ReturnType<typeof metaTable>
  readonly steps: DatabaseSteps
  readonly journal: Journal
  readonly health: StoreHealth
  /** There was no room for what the tables lack. */
  readonly onRefused: () => void
  /** Changes that the tables may lack before they get them. */
  readonly most: number
}

interface UnderWay {
  readonly rows: Iterator<void>
  readonly changes: number
  /** How many rows there are, without what is purged, and how many of them were written. */
  readonly total: number
  written: number
  /** Pages in the log before it: while the database takes none of them, they stay there. */
  readonly loggedBefore: number
  /** The last entry that it brings. */
  readonly upTo: Place
  /** All rows are; only the COMMIT is left. */
  isWritten: boolean
}

export type Settling = ReturnType<typeof settling>

export function settling(parts: SettlingParts) {
  const { tables, meta, steps, journal, health, onRefused, most } = parts
  const owing: readonly OwingTable[] = Object.values(tables)
  /** Changes that wait for the next time. */
  let gathered = 0
  let lastCommit = 0
  let underWay: UnderWay | undefined
  /** Why there was no room for what the tables lack. Until a probe has found some, nobody tries: each try costs all of it. */
  let crowded: StoreUnavailable | undefined
  /** Nobody has committed for a moment. */
  let isQuiet = false
  const atOnce = share(most)
  let settled = journal.last
  let flushing: Promise<void> | undefined
  /** All of the log up to there is on disk, and the database is to get it. */
  let logged: Place | undefined
  let wake = (): void => {}
  /** How much the journal had taken when the last of it that went into the tables was begun, and was in them. */
  let begunBytes = journal.written
  let settledBytes = journal.written

  /** Of the database; each stands still while the tables are written. */
  const copies = new Set<CopyPace>()

  const readers = waitingReaders()

  const owed = (): number => gathered + (underWay?.changes ?? 0)
  /** How much has gathered, of what may before the tables get it: 1 and more where they should. */
  const fullness = (): number =>
    Math.max(
      gathered / atOnce.changes,
      tables.documents.gatheringPages() / OWED_DOCUMENT_PAGES,
      (journal.written - begunBytes) / OWED_BYTES,
    )
  /** Whether somebody waits for what has gathered. */
  const isAwaited = (): boolean => readers.isAnyAfter((underWay?.upTo ?? settled).number)
  /** Whether the tables should get what has gathered. */
  const isDue = (): boolean => gathered > 0 && (fullness() >= 1 || isQuiet || isAwaited())

  const owes = (changes: number): boolean =>
    owed() >= changes ||
    journal.written - settledBytes >= 2 * OWED_BYTES ||
    tables.documents.owedLength() >= OWED_DOCUMENTS
  /** Whether no more may wait for a copy or a checkpoint, for want of memory and room in the journal. */
  const hasMost = (): boolean => owes(2 * most)

  /** While a copy needs the time to get on. */
  function behindCopy(): Promise<void> | undefined {
    for (const copy of copies) if (copy.isBehind()) return copy.caughtUp()
    return undefined
  }

  function* owedRows(): Generator<void> {
    for (const table of owing) yield* table.write()
  }

  function* rowsFor(changes: number): Generator<void> {
    yield* owedRows()
    yield* tables.answers.purge(lastCommit, changes * PURGED_PER_CHANGE)
  }

  /** Throws StoreUnavailable where there is no room; nothing has changed then. */
  function begin(): UnderWay {
    const loggedBefore = steps.loggedPages
    try {
      steps.begin(false)
    } catch (error) {
      throw notWritten(error)
    }
    for (const copy of copies) copy.standStill()
    let total = 0
    for (const table of owing) total += table.leave()
    underWay = {
      rows: rowsFor(gathered),
      changes: gathered,
      total,
      written: 0,
      loggedBefore,
      upTo: journal.last,
      isWritten: false,
    }
    gathered = 0
    begunBytes = journal.written
    return underWay
  }

  function undo(): void {
    if (!underWay) return
    gathered += underWay.changes
    begunBytes = settledBytes
    underWay = undefined
    for (const table of owing) table.stay()
    steps.undo()
  }

  /** Writes rows until `enough`. Throws as `begin`. */
  function advance(one: UnderWay, enough: () => boolean = () => false): void {
    const { rows, upTo } = one
    try {
      while (!rows.next().done) {
        one.written += 1
        if (one.written % LOOK_EVERY === 0 && enough()) return
      }
      meta.setSettled(upTo, lastCommit)
      one.isWritten = true
    } catch (error) {
      undo()
      throw notWritten(error)
    }
  }

  function end({ upTo, changes, loggedBefore }: UnderWay): void {
    try {
      steps.commit()
    } catch (error) {
      if (error instanceof StoreUnavailable) undo()
      throw error
    }
    atOnce.wrote(changes, Math.max(0, steps.loggedPages - loggedBefore))
    underWay = undefined
    for (const table of owing) table.left()
    settled = upTo
    settledBytes = begunBytes
    crowded = undefined
    readers.letGo(upTo.number)
    if (isQuiet) steps.shrink()
    flush()
  }

  /** Then the journal need not keep what is in the tables. In a thread, because the pages are many. */
  function flush(): void {
    if (flushing || health.hasFailed || !(journal.waitsFor(settled) || steps.isCheckpointDue())) return
    const upTo = settled
    flushing = steps
      .flushLog()
      .then(() => {
        journal.release(upTo)
        lent.takeBack()
        // of what came after it nothing may be copied yet; it is flushed when it has ended
        if (underWay || settled !== upTo || health.hasFailed || !steps.isCheckpointDue()) return
        logged = upTo
        wake()
      })
      .catch((error: unknown) => void health.fail(error))
      .finally(() => {
        flushing = undefined
        if (crowded && logged !== settled) flush()
      })
  }

  const isCopyDue = (): boolean =>
    logged !== undefined && !underWay && logged === settled && steps.isCheckpointDue()

  /** While a checkpoint is under way or about to be. */
  const checkpointed = (): Promise<void> | undefined =>
    flushing && steps.isCheckpointDue() ? flushing : steps.flushed()

  /** While `crowded`. */
  const lent = loan({
    begin() {
      steps.spills(false)
      begin()
      for (const _ of owedRows());
    },
    end() {
      undo()
      steps.spills(true)
    },
    isOutdated: () => gathered > 0,
    broken(error) {
      health.fail(error)
      return health.refusal()
    },
  })

  /** Throws StoreUnavailable where there is no room for what the tables lack. */
  function settle(): void {
    lent.takeBack()
    if (owed() === 0) return
    health.assertRunning()
    try {
      if (underWay) finishRows(underWay)
      if (gathered > 0) {
        steps.assertRoomInLog()
        finishRows(begin())
      }
    } catch (error) {
      if (error instanceof StoreUnavailable) noteCrowded(error)
      throw error
    }
  }

  health.whenFailed(() => readers.letAllGo())

  /** Whoever looks for room must know, whoever asked for it: nobody else would try again. */
  function noteCrowded(why: StoreUnavailable): void {
    crowded = why
    readers.letAllGo()
    // nothing ends any more that would have the log copied, which may make the very room
    flush()
    if (!health.hasFailed) onRefused()
  }

  function finishRows(one: UnderWay): void {
    if (!one.isWritten) advance(one)
    end(one)
  }

  /** What finds no room stays in the journal. Returns whether it went well. */
  function ifRoom(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      noteCrowded(error)
      return false
    }
  }

  /** As far as a turn's time goes, and so far that all of it is written before as much has gathered. */
  function step(): void {
    // a turn of its own: all its pages are written then
    if (underWay?.isWritten) {
      end(underWay)
      return
    }
    // where no more may wait, no flush in a thread ends with all of the log on disk: a next one is always under way
    if (!underWay) {
      if (steps.isCheckpointOverdue()) steps.checkpointNow()
      steps.assertRoomInLog()
    }
    const until = performance.now() + SLICE_MS
    const one = underWay ?? begin()
    advance(one, () => performance.now() >= until && fullness() < 1 && one.written >= fullness() * one.total)
  }

  return {
    /** Why nothing more can be taken: the tables have no room for what they lack, and that is as much as may be. */
    refusal: (): StoreUnavailable | undefined => (owes(most + OWED_MORE) ? crowded : undefined),

    /** What an entry of the journal has made durable. */
    adopt(draft: Draft, changes: number): void {
      adoptDraft(tables, draft)
      lastCommit = draft.now
      gathered += changes
      isQuiet = false
    },

    /** From now on until the next commit as little as can be is kept in memory; `goOn` does the work. */
    quiet(): void {
      isQuiet = true
      if (owed() === 0) steps.shrink()
    },

    /** From now on told when there is something for `goOn` to do, though nobody has committed. */
    whenDue(tell: () => void): void {
      wake = tell
    },

    /** Whether the next step takes most of a turn: all pages of a transaction are written in it, or copied. */
    isHeavy: (): boolean => !health.hasFailed && (underWay?.isWritten === true || isCopyDue()),

    /** After each batch. Returns whether there is more to be written, or what has to come first. */
    goOn(): boolean | Promise<void> {
      if (health.hasFailed) return false
      // the copy may make the very room for want of which it was lent
      if (logged !== undefined) lent.takeBack()
      if (lent.isOut()) return false
      if (isCopyDue()) {
        logged = undefined
        steps.checkpoint()
        return isDue()
      }
      if (!underWay && (crowded || !isDue())) return false
      // commits go on meanwhile: they need the journal alone
      if (!underWay && !hasMost()) {
        // whoever waits to read does not wait for a copy
        const before = (isAwaited() ? undefined : behindCopy()) ?? checkpointed()
        if (before) return before
      }
      return ifRoom(step) && (underWay !== undefined || isDue())
    },

    settle,

    /**
     * Once the tables have all that was durable when it was asked for, or find no room for it (`withTables`); undefined where that is so
     * already. `goOn` does the work.
     */
    caughtUp(): Promise<void> | undefined {
      if (crowded || health.hasFailed || owed() === 0) return undefined
      return readers.until(journal.last.number)
    },

    /** From now on until the returned function is called the tables let that copy get on between two times. */
    besides(copy: CopyPace): () => void {
      copies.add(copy)
      return () => void copies.delete(copy)
    },

    /** Throws StoreUnavailable where there is no room for what the tables lack. */
    assertRoom(): void {
      if (crowded) settle()
    },

    /** One durable step in the database, beside what is owed to it. Throws as `assertRoom`. */
    transact<T>(work: () => T): T {
      if (crowded) settle()
      if (underWay) finishRows(underWay)
      return steps.transact(work)
    },

    /**
     * `work` on the tables, `caughtUp`. A full disk keeps nobody from reading: they are lent what they lack.
     */
    withTables<T>(work: () => T): T {
      if (!crowded && underWay) ifRoom(() => underWay && finishRows(underWay))
      health.assertRunning()
      if (!crowded || owed() === 0) return work()
      try {
        return lent.read(work)
      } catch (error) {
        throw notWritten(error)
      }
    },

    /** Everything is in the database, and on disk; returns whether that went well. */
    async finish(): Promise<boolean> {
      const isSettled = ifRoom(lent.takeBack) && !health.hasFailed && ifRoom(settle)
      readers.letAllGo()
      wake = () => {}
      while (flushing) await flushing
      logged = undefined
      await steps.flushed()
      return isSettled && !health.hasFailed && steps.checkpointAll()
    },
  }
}
