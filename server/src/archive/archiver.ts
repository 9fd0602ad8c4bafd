import { DAY, MINUTE } from '@holdpoint/shared'
import type { Cancel, Clock } from '../clock.ts'
import { verifyChain } from '../store/hash-chain.ts'
import { type Head, type Store, type StoredEvent, StoreUnavailable } from '../store/store.ts'
import type { Archive, ArchivedPlace } from './ports.ts'

/** Copies the feeds into an archive, again and again, and deletes from the store what the archive holds and is old (ST11). */
export interface Archiver {
  /** One round over all partitions. Never rejects: what failed is logged, and tried again in the next. */
  round(): Promise<void>
  /** Finishes the round that is under way. */
  stop(): Promise<void>
}

const EVERY_MS = MINUTE
/** Fewer wait for others, up to a while, so that quiet tenants don't get a file a minute. */
const ENOUGH = 500
const WAIT_AT_MOST_MS = 15 * MINUTE
/** Events in one file. */
const MOST_IN_FILE = 5_000
const PAGE = 500

export function startArchiver(ports: {
  readonly store: Store
  readonly archive: Archive
  readonly clock: Clock
  /** Archived events stay in the store for so long, for lists and consoles. */
  readonly keepDays: number
  readonly log: { error(fields: object, message: string): void }
}): Archiver {
  const { store, archive, clock, keepDays, log } = ports
  let cancel: Cancel | undefined
  let stopped = false
  let running: Promise<void> | undefined

  const round = async (): Promise<void> => {
    let heads: readonly Head[]
    try {
      heads = await store.heads()
    } catch (error) {
      if (!(error instanceof StoreUnavailable))
        log.error({ err: error }, 'the archive could not begin its round')
      return
    }
    for (const head of heads) {
      if (stopped) return
      try {
        await archivePartition(head)
        await trim(head)
      } catch (error) {
        log.error(
          { err: error, partition: head.partition },
          'events could not be archived; they stay in the store',
        )
      }
    }
  }

  const archivePartition = async ({ partition, seq: head }: Head): Promise<void> => {
    let end = await archive.end(partition)
    while (end.seq < head) {
      const events = await nextEvents(partition, end.seq)
      const [first] = events
      if (!first) break
      const isFew = events.length < ENOUGH && store.now() - first.at < WAIT_AT_MOST_MS
      if (isFew) break
      assertChained(partition, end, events)
      await archive.add(partition, events)
      end = events.at(-1) ?? end
    }
    // also where a crash came between writing a file and saying so
    if (end.seq > 0) await store.confirmArchived(partition, end.seq, end.hash)
  }

  const nextEvents = async (partition: string, after: number): Promise<readonly StoredEvent[]> => {
    const events: StoredEvent[] = []
    while (events.length < MOST_IN_FILE) {
      const page = await store.readFeed(partition, events.at(-1)?.seq ?? after, PAGE)
      events.push(...page)
      if (page.length < PAGE) break
    }
    return events
  }

  const trim = async ({ partition, tenant }: Head): Promise<void> => {
    const [newestOld] = await store.history({ tenant, to: store.now() - keepDays * DAY, limit: 1 })
    if (newestOld) await store.trim(partition, newestOld.seq)
  }

  const later = (): void => {
    if (stopped) return
    cancel = clock.after(EVERY_MS, () => {
      running = round().finally(() => {
        running = undefined
        later()
      })
    })
  }
  later()

  return {
    round,
    async stop() {
      stopped = true
      cancel?.()
      await running
    },
  }
}

/** Nothing is archived that does not follow from what was, but for what the store no longer had when the archive began. */
function assertChained(partition: string, end: ArchivedPlace, events: readonly StoredEvent[]): void {
  const [first] = events
  const begins = end.seq === 0 && first !== undefined && first.seq > 1
  const chained = begins ? events.slice(1) : events
  const found = verifyChain(chained, begins ? first : end)
  if (found) throw new Error(`the feed of ${partition} does not go on from its archive: ${found.reason}`)
}
