import { SECOND } from '@holdpoint/shared'
import { afterThisTurn, type Cancel, type Clock, type Soon } from '../clock.ts'
import type { DueDeadline } from '../store/store.ts'
import type { NotingStore } from './noting-store.ts'

/** Turns what is due into commands (PR5): never early, late rather than never. */
export interface DeadlineLoop {
  /**
   * Another node has committed something. It looks after what it sets by itself, as long as it lives; so that nothing
   * waits for long if it does not, this one looks within a second.
   */
  lookWithinSecond(): void
  /** Takes no more; resolves when what was taken is done. */
  stop(): Promise<void>
}

/** How many are claimed together. */
const BATCH = 200
/**
 * How long those may take that are begun in one turn, from the first to the last one's end. They are decided on in one
 * turn, written in the next, and told in a third: each of them ends well before anybody who waits for an answer notices.
 */
const SLICE_MS = 12
/** So many are begun together even where each takes long: they share a transaction. */
const LEAST_SLICE = 8
/** After that, a deadline whose command did not clear it comes back (ST6). */
const CLAIM_MS = 10 * SECOND
/** A sleep is measured by the monotonic clock; what is due, by the store's, which a wall clock set ahead takes along. */
const LONGEST_SLEEP_MS = 5 * SECOND
/** How long the next batch waits for this one: those that are slow or stuck go on, and hold up nobody else's. */
const PATIENCE_MS = 250
/** So many may be under way before it is waited for one of them after all. */
const MAX_UNDER_WAY = 5 * BATCH
/** After a failed look at the store. */
const RETRY_MS = SECOND

export function startDeadlineLoop(ports: {
  readonly store: NotingStore
  readonly clock: Clock
  /** Carries one out, and clears it in the same commit. */
  readonly submit: (due: DueDeadline) => Promise<void>
  /** Runs something once this turn is over; a simulation replaces it. */
  readonly soon?: Soon
  readonly log: { error(fields: object, message: string): void }
}): DeadlineLoop {
  const { store, clock, submit, soon = afterThisTurn, log } = ports
  let stopped = false
  let failing = false
  let scheduled: Cancel | undefined
  let cancelTimer: Cancel | undefined
  /** Until when it sleeps, on the store's clock; it may be woken earlier. */
  let wakeAt = Number.POSITIVE_INFINITY
  let round: Promise<void> | undefined
  let again = false

  const underWay = new Map<string, Promise<void>>()
  let slice = LEAST_SLICE

  const submitOne = async (due: DueDeadline): Promise<void> => {
    try {
      await submit(due)
    } catch (error) {
      log.error(
        { err: error, deadline: due.name },
        'a deadline failed; it comes back when its claim runs out',
      )
    }
  }

  /** One that came back while it is still being carried out is not carried out twice at once. */
  const take = (due: DueDeadline): Promise<void> => {
    const key = JSON.stringify([due.ref.tenant, due.ref.kind, due.ref.id, due.name])
    const working =
      underWay.get(key) ??
      submitOne(due).finally(() => {
        underWay.delete(key)
      })
    underWay.set(key, working)
    return working
  }

  /** Waits for them, but not for those that are slow or stuck. */
  const patiently = async (taken: readonly Promise<void>[]): Promise<void> => {
    let cancel: Cancel = () => {}
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(PATIENCE_MS, resolve)
    })
    await Promise.race([Promise.all(taken), patience])
    cancel()
  }

  const turnOver = (): Promise<void> =>
    new Promise((resolve) => {
      soon(resolve)
    })

  /** Slice by slice, each as large as the last one's pace allows: whoever asks for something meanwhile comes in between. */
  const takeAll = async (batch: readonly DueDeadline[]): Promise<void> => {
    for (let from = 0; from < batch.length && !stopped; ) {
      const part = batch.slice(from, from + slice)
      from += part.length
      const begunAt = clock.monotonicMs()
      await patiently(part.map(take))
      slice = nextSlice(part.length, clock.monotonicMs() - begunAt)
      await turnOver()
      while (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay.values())
    }
  }

  /** Everything that is due now, batch by batch; then sleeps until the next. */
  const run = async (): Promise<void> => {
    cancelTimer?.()
    cancelTimer = undefined
    wakeAt = Number.POSITIVE_INFINITY
    try {
      while (!stopped) {
        const next = await store.nextDeadlineAt()
        failing = false
        if (next === undefined) return
        const leftMs = next - store.now()
        if (leftMs > 0) return sleep(Math.min(leftMs, LONGEST_SLEEP_MS))
        const due = await store.claimDeadlines(BATCH, CLAIM_MS)
        if (due.length === 0) await turnOver()
        await takeAll(due)
      }
    } catch (error) {
      if (!failing) log.error({ err: error }, 'deadlines could not be read; trying again')
      failing = true
      sleep(RETRY_MS)
    }
  }

  const sleep = (ms: number): void => {
    if (stopped) return
    cancelTimer?.()
    cancelTimer = clock.after(Math.max(1, ms), look)
    wakeAt = store.now() + ms
  }

  const look = (): void => {
    if (stopped) return
    if (round) {
      again = true
      return
    }
    round = run().finally(() => {
      round = undefined
      if (again) {
        again = false
        look()
      }
    })
  }

  /** One that is due after it wakes anyway is seen then. Once per turn is soon enough for the others. */
  const wakeBy = (dueAt: number): void => {
    if (stopped || dueAt >= wakeAt) return
    scheduled ??= soon(() => {
      scheduled = undefined
      look()
    })
  }
  const unsubscribe = store.onDeadlineSet(wakeBy)
  look()

  return {
    lookWithinSecond() {
      if (!round && !scheduled && wakeAt > store.now() + SECOND) sleep(SECOND)
    },
    async stop() {
      stopped = true
      unsubscribe()
      cancelTimer?.()
      scheduled?.()
      await round
      await Promise.all(underWay.values())
    },
  }
}

/** At most twice as many as before, so that one that was quick by chance is not followed by one that is far too long. */
const nextSlice = (count: number, tookMs: number): number => {
  const fitting = tookMs > 0 ? Math.floor((count * SLICE_MS) / tookMs) : BATCH
  return Math.max(LEAST_SLICE, Math.min(BATCH, 2 * count, fitting))
}
