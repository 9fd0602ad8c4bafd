import type { Disk } from './journal-file.ts'

/**
 * For tests only: breaks one promise on purpose, to prove that the contract suite and the chaos checker notice.
 * The store reads the object afresh for every batch, so a test may turn a fault on and off.
 */
export interface Faults {
  /** Opens with `synchronous=OFF`, and never flushes the journal (ST3). */
  skipFsync?: boolean
  /** Answers before anything is written: a crash loses what was acknowledged (ST3). */
  acknowledgeEarly?: boolean
  /** Neither remembers nor looks up answers (ST4). */
  forgetAnswers?: boolean
  /** Takes any version for the expected one (ST2). */
  ignoreVersion?: boolean
  /** Accepts what comes at or after `notAfter` (ST10). */
  ignoreNotAfter?: boolean
  /**
   * Fails the next batch once: `write` finds no room in the journal; `commit-lost` and `commit-kept` are a flush that fails
   * after nothing, or all, has reached the disk.
   */
  failNext?: 'write' | 'commit-lost' | 'commit-kept'
  /** A full disk that still has room for commits, not for bringing the tables up to date with the journal. */
  noRoomToSettle?: boolean
  /** The most pages (4 KiB) that the database, and a file of the journal, may have: a full disk. Unset again, it lifts. */
  pageLimit?: number
}

/** How many flushes the fault `acknowledgeEarly` puts off. */
const EARLY_FLUSHES = 20
const PAGE = 4_096

/** The journal's disk, with these faults. */
export function faultyDisk(disk: Disk, faults: Faults): Disk {
  const late: (() => void)[] = []
  let flushes = 0
  return {
    write(file, bytes, at) {
      if (faults.failNext === 'write') {
        delete faults.failNext
        throw full()
      }
      if (faults.pageLimit !== undefined && at + bytes.length > faults.pageLimit * PAGE) throw full()
      if (faults.failNext === 'commit-lost') return
      const copy = faults.acknowledgeEarly ? Buffer.from(bytes) : bytes
      if (faults.acknowledgeEarly) late.push(() => disk.write(file, copy, at))
      else disk.write(file, bytes, at)
    },
    extend(file, zeros, at) {
      if (faults.pageLimit !== undefined) throw full()
      disk.extend(file, zeros, at)
    },
    flush(file) {
      if (faults.failNext !== undefined) {
        const how = faults.failNext
        delete faults.failNext
        throw new Error(`fault: ${how}`)
      }
      if (faults.acknowledgeEarly && ++flushes % EARLY_FLUSHES !== 0) return
      for (const write of late.splice(0)) write()
      if (!faults.skipFsync) disk.flush(file)
    },
  }
}

const full = (): Error => Object.assign(new Error('fault: no room'), { code: 'ENOSPC' })
