import type { StoredEvent } from '../store/store.ts'

/** Where a partition's archive ends; seq 0 and an empty hash where there is none. */
export interface ArchivedPlace {
  readonly seq: number
  readonly hash: string
}

/** What holds events for good, apart from the store (ST11). */
export interface Archive {
  /** Up to where it durably holds the partition's events. Throws where it can't be read. */
  end(partition: string): Promise<ArchivedPlace>
  /** Adds events that follow on each other, at least one; resolves once they would survive a power failure. */
  add(partition: string, events: readonly StoredEvent[]): Promise<void>
}
