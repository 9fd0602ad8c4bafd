import { SECOND } from '@holdpoint/shared'
import type { Cancel, Clock } from '../clock.ts'
import type { StoreView } from '../commands/store-view.ts'
import type { Store } from '../store/store.ts'

/**
 * Looks at the heads of all feeds, again and again: what no hint told of is read because of it, and how long ago this
 * node last knew everything is what its leases rest on (AG4).
 */
export interface HeadsReader extends StoreView {
  /** The dispatcher has handed on, and with it applied, a partition's events up to `seq`. */
  advanced(partition: string, seq: number): void
  /** Resolves after the first look. Rejects where the store can't be read. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Between two looks. A lease is shorter by that, and a revocation that no hint told of as late (ID3: a second). */
const LOOK_EVERY_MS = 400
/** How long a caller waits for what it wants to know; what it misses then comes by the feed. */
const PATIENCE_MS = SECOND
/** Looks whose events are not applied yet: beyond it this node is far behind, and its leases say so. */
const MAX_OPEN_LOOKS = 64
const UNREADABLE = 'the heads can not be read; leases shrink until they can be again'
const MAY_BE_REPLACED =
  'the store may have been replaced by another one, so nothing that it says counts for a lease: leases shrink until that is known, and then agents halt'

/** A completed read of the heads, until a partition is applied up to it. */
interface Look {
  readonly sentAt: number
  readonly seq: number
}

export function createHeadsReader(ports: {
  readonly store: Store
  readonly clock: Clock
  /** Says that a partition's feed goes at least so far. */
  readonly reached: (partition: string, seq: number) => void
  /** Up to where a partition is applied. */
  readonly applied: (partition: string) => number
  readonly log: {
    error(fields: object, message: string): void
    info(fields: object, message: string): void
  }
}): HeadsReader {
  const { store, clock, reached, applied, log } = ports
  const confirmed = new Map<string, number>()
  const open = new Map<string, Look[]>()
  const waiting = new Set<() => void>()
  let lastSentAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let again: Promise<void> | undefined
  let cancelTimer: Cancel | undefined
  let failure: { readonly message: string; readonly since: number } | undefined
  let stopped = false

  const confirm = (partition: string, upTo: number): void => {
    const looks = open.get(partition) ?? []
    while (looks[0] && looks[0].seq <= upTo) {
      confirmed.set(partition, Math.max(confirmed.get(partition) ?? looks[0].sentAt, looks[0].sentAt))
      looks.shift()
    }
  }

  /** Once for each: a look comes several times a second. */
  const failed = (error: unknown, message: string): void => {
    if (failure?.message === message) return
    failure = { message, since: failure?.since ?? clock.monotonicMs() }
    log.error({ err: error }, message)
  }

  const succeeded = (): void => {
    if (failure)
      log.info(
        { forMs: Math.round(clock.monotonicMs() - failure.since) },
        'the heads can be read, and count, again',
      )
    failure = undefined
  }

  const look = async (): Promise<void> => {
    const sentAt = clock.monotonicMs()
    const heads = await store.heads()
    // whatever the store is by now, what is ordered in it holds whom it names
    for (const { partition, seq } of heads) if (seq > applied(partition)) reached(partition, seq)
    try {
      await store.assertCurrent(heads)
    } catch (error) {
      failed(error, MAY_BE_REPLACED)
      return
    }
    for (const { partition, seq } of heads) {
      // up to the look before there was no event in it to be known
      if (!open.has(partition)) confirmed.set(partition, lastSentAt)
      const looks = open.get(partition) ?? []
      open.set(partition, looks)
      if (looks.length < MAX_OPEN_LOOKS) looks.push({ sentAt, seq })
      confirm(partition, applied(partition))
    }
    // a partition that is not among them had no event yet
    lastSentAt = Math.max(lastSentAt, sentAt)
    succeeded()
    for (const wake of [...waiting]) wake()
  }

  const lookNow = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  const lookLater = (): void => {
    if (stopped) return
    cancelTimer = clock.after(LOOK_EVERY_MS, () => {
      lookNow()
        .catch((error: unknown) => failed(error, UNREADABLE))
        .finally(lookLater)
    })
  }

  /** A read that was sent before the call does not count. */
  const lookAfresh = (): Promise<void> => {
    if (!looking) return lookNow()
    again ??= looking
      .catch(() => {})
      .then(() => {
        again = undefined
        return lookNow()
      })
    return again
  }

  const asOf = (tenant: string): number => {
    const partition = store.partitionOf(tenant)
    if (open.has(partition)) return confirmed.get(partition) ?? Number.NEGATIVE_INFINITY
    return lastSentAt
  }

  return {
    isShared: true,
    asOf,
    async catchUp(tenant) {
      const since = clock.monotonicMs()
      await lookAfresh().catch(() => {})
      if (asOf(tenant) >= since) return
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          cancel()
          waiting.delete(check)
          resolve()
        }
        const check = (): void => {
          if (stopped || asOf(tenant) >= since) settle()
        }
        const cancel = clock.after(PATIENCE_MS, settle)
        waiting.add(check)
        check()
      })
    },
    advanced(partition, seq) {
      confirm(partition, seq)
      for (const wake of [...waiting]) wake()
    },
    async start() {
      await lookNow()
      lookLater()
    },
    async stop() {
      stopped = true
      cancelTimer?.()
      await looking?.catch(() => {})
      for (const wake of [...waiting]) wake()
    },
  }
}
