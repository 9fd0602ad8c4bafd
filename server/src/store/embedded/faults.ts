/**
 * For tests only: breaks one promise on purpose, to prove that the contract suite and the chaos checker notice.
 * The store reads the object afresh for every batch, so a test may turn a fault on and off.
 */
export interface Faults {
  /** Opens with `synchronous=OFF` (ST3). */
  skipFsync?: boolean
  /** Answers before the transaction ends: a crash loses what was acknowledged (ST3). */
  acknowledgeEarly?: boolean
  /** Neither remembers nor looks up answers (ST4). */
  forgetAnswers?: boolean
  /** Takes any version for the expected one (ST2). */
  ignoreVersion?: boolean
  /** Accepts what comes at or after `notAfter` (ST10). */
  ignoreNotAfter?: boolean
  /**
   * Fails the next batch once: `write` before its COMMIT; `commit-lost` and `commit-kept` at its COMMIT, which had
   * no effect or full effect.
   */
  failNext?: 'write' | 'commit-lost' | 'commit-kept'
  /** A full disk that still has room for commits, not for bringing the tables up to date with the journal. */
  noRoomToSettle?: boolean
  /** The most pages (4 KiB) that the database may have: a full disk. Unset again, it lifts. */
  pageLimit?: number
}
