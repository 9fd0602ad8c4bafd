/**
 * Group commit: what arrives in one turn of the event loop becomes one entry of the journal, with one flush.
 *
 * - A batch that finds no room has written nothing: each of its changes is then tried alone, so that only the one that can't
 *   be written is refused.
 * - A write or a flush that fails otherwise may or may not be on disk: all in the batch learn that the outcome is unknown, and
 *   nothing more is taken (StoreHealth).
 */
import { OutcomeUnknown, StoreUnavailable } from '../store.ts'
import type { Journal } from './journal.ts'
import type { Settling } from './settling.ts'
import { notWritten, type StoreHealth } from './store-health.ts'

/** Bounds how long one batch can hold the event loop. */
const MAX_BATCH = 512

/** What a batch comes to: an outcome for each item, and what the journal is to hold, where it changes anything. */
export interface Batch<Outcome> {
  readonly outcomes: readonly Outcome[]
  readonly entry: readonly string[] | undefined
  /** Once the entry is durable. */
  adopt(): void
}

export interface CommitCounters {
  /** Items that were answered, refusals included. */
  answered: number
  /** Entries of the journal: as many flushes. */
  batches: number
}

interface Waiting<Item, Outcome> {
  readonly item: Item
  resolve(outcome: Outcome): void
  reject(error: Error): void
}

interface Ports<Item, Outcome> {
  readonly decide: (items: readonly Item[]) => Batch<Outcome>
  readonly journal: Journal
  readonly settling: Settling
  readonly health: StoreHealth
  /** An item found no room; nothing of it was written. */
  readonly onRefused: () => void
}

export function groupCommit<Item, Outcome>({
  decide,
  journal,
  settling,
  health,
  onRefused,
}: Ports<Item, Outcome>) {
  const counters: CommitCounters = { answered: 0, batches: 0 }
  const queue: Waiting<Item, Outcome>[] = []
  let scheduled = false
  const idle: (() => void)[] = []
  /** The next turn is the tables' alone. */
  let isTheirs = false

  /** Returns why nothing was written, or undefined once every item has its answer. */
  function attempt(waiting: readonly Waiting<Item, Outcome>[]): Error | undefined {
    let batch: Batch<Outcome>
    try {
      batch = decide(waiting.map(({ item }) => item))
    } catch (error) {
      return notWritten(error)
    }
    try {
      if (batch.entry !== undefined) {
        journal.append(batch.entry)
        counters.batches += 1
      }
      // From here on it is on disk: where what is remembered of it can't be trusted, "nothing was written" would be a lie.
      batch.adopt()
    } catch (error) {
      if (error instanceof StoreUnavailable) return error
      const unknown = error instanceof OutcomeUnknown ? error : health.fail(error)
      for (const { reject } of waiting) reject(unknown)
      return undefined
    }
    counters.answered += waiting.length
    for (const [i, { resolve }] of waiting.entries()) resolve(batch.outcomes[i] as Outcome)
    return undefined
  }

  function run(waiting: readonly Waiting<Item, Outcome>[]): void {
    const refusal = health.hasFailed ? health.refusal() : settling.refusal()
    if (refusal) {
      for (const { reject } of waiting) reject(refusal)
      if (!health.hasFailed) onRefused()
      return
    }
    const reason = attempt(waiting)
    if (!reason) return
    if (waiting.length > 1) {
      for (const one of waiting) run([one])
      return
    }
    waiting[0]?.reject(reason)
    if (reason instanceof StoreUnavailable) onRefused()
  }

  function flush(): void {
    scheduled = false
    const waiting = isTheirs ? [] : queue.splice(0, MAX_BATCH)
    let isBehind: boolean | Promise<void> = false
    try {
      if (waiting.length > 0) run(waiting)
      isTheirs = waiting.length > 0 && settling.isHeavy()
      isBehind = isTheirs || settling.goOn()
    } catch (error) {
      // An error while settling or undoing: the connection can't be trusted any more.
      health.fail(error)
      for (const { reject } of [...waiting, ...queue.splice(0)]) reject(health.refusal())
    }
    if (isBehind instanceof Promise) void isBehind.then(schedule)
    if (queue.length > 0 || isBehind === true) schedule()
    else for (const resolve of idle.splice(0)) resolve()
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }

  settling.whenDue(schedule)

  return {
    counters,

    /** Resolves with the item's outcome once it is durable. */
    add(item: Item): Promise<Outcome> {
      if (health.hasFailed) return Promise.reject(health.refusal())
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        schedule()
      })
    },

    /** Has the tables given what they lack, a few milliseconds in a turn. */
    settle(): void {
      settling.quiet()
      schedule()
    },

    /** Resolves once the tables have what is durable now, or there is no room for it. */
    async caughtUp(): Promise<void> {
      const caughtUp = settling.caughtUp()
      if (caughtUp) schedule()
      await caughtUp
    },

    /** Resolves when everything that was added has its answer. */
    async finish(): Promise<void> {
      if (scheduled) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}
