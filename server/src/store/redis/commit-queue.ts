/**
 * Commits: what one turn of the event loop has for a partition goes to Redis in one call, each change under an attempt of its
 * own. A call whose answer got lost is sent again once there is a connection: the script knows the attempts, so that whatever
 * became of the first call, each change takes effect at most once. What that does not settle in time is unknown (ST8).
 */
import type { Clock } from '../../clock.ts'
import {
  type CommitHint,
  type CommitResult,
  OutcomeUnknown,
  type StoredEvent,
  StoreUnavailable,
} from '../store.ts'
import type { Chain } from './chain.ts'
import type { Connection, Reply } from './connection.ts'
import { standingDocument } from './documents.ts'
import type { EncodedChange } from './encode-change.ts'
import { committedEvent } from './event-entry.ts'
import { type Keys, tenantOf } from './keys.ts'
import { isHalfDone, mayHaveTakenEffect, refusalIn } from './refusals.ts'
import { confirmReplicated, type Replicas } from './replicas.ts'
import { scripts } from './script.ts'

/** Every command has its answer within 2 s (PR2); the rest is for the way back. */
const SETTLE_WITHIN_MS = 1_700
/** One call holds Redis up for everyone. */
const MOST_IN_CALL = 32
const MOST_TEXT_IN_CALL = 1024 * 1024
const MOST_WAITING = 10_000
/** Between asking again where there is a connection, ms. */
const ASK_AGAIN_MS = 50

export interface CommitCounters {
  /** Changes that were answered, refusals included. */
  answered: number
  calls: number
  /** Calls that were sent again because their answer got lost. */
  resent: number
}

/** What a call needs of its store. */
export interface CommitParts {
  readonly connection: Connection
  readonly keys: Keys
  readonly chain: Chain
  readonly clock: Clock
  readonly epoch: number
  readonly replicas: Replicas | undefined
  /** The first two arguments of every script that asks for the time. */
  readonly timeArgs: () => readonly [string, string]
  readonly learnTime: (time: number) => void
  /** A partition ends before what was seen, or another node has raised the epoch: nothing may go on under this one. */
  readonly onLost: (partition: string) => void
  /** Redis has no room, or doesn't take writes. */
  readonly onRefused: () => void
  readonly onCommitted: (hint: CommitHint) => void
}

interface Waiting {
  readonly encoded: EncodedChange
  readonly giveUpAt: number
  resolve(result: CommitResult): void
  reject(error: Error): void
}

/** What commit.lua says of one change. */
type Outcome = readonly [string, ...Reply[]]

export function commitQueue(parts: CommitParts) {
  const { connection, keys, chain, clock, epoch, replicas, timeArgs, learnTime } = parts
  const counters: CommitCounters = { answered: 0, calls: 0, resent: 0 }
  const queues = new Map<string, Waiting[]>()
  let waiting = 0

  async function call(partition: string, batch: readonly Waiting[]): Promise<readonly Outcome[] | 'lost'> {
    const { seq: seen } = await chain.known(partition)
    const seal = chain.takeSeal(partition)
    counters.calls += 1
    let sealed: number | undefined
    try {
      const reply = (await connection.run(scripts.commit, keys.head(partition), [
        ...timeArgs(),
        String(epoch),
        String(seen),
        ...seal,
        String(batch.length),
        ...batch.flatMap(({ encoded }) => encoded.args),
      ])) as readonly [string, number, number, number, number, readonly Outcome[]]
      if (reply[0] !== 'done') return 'lost'
      learnTime(reply[3])
      sealed = reply[4]
      return reply[5]
    } finally {
      chain.sealTaken(partition, sealed)
    }
  }

  async function settle(partition: string, batch: readonly Waiting[]): Promise<void> {
    let again = false
    let left = batch
    while (left.length > 0) {
      let taken = false
      try {
        const outcomes = await call(partition, left)
        if (outcomes === 'lost') return lost(partition, left, again)
        // From here on it is there: whatever fails now, nobody is told that nothing was written (PR2).
        taken = true
        if (replicas) await confirmReplicated(connection, keys.head(partition), replicas)
        return await deliver(partition, left, outcomes, again)
      } catch (error) {
        if (refusalIn(error)) parts.onRefused()
        if (!again && !taken && !mayHaveTakenEffect(error)) return refuse(left, error)
        // unknown to all whom nobody has answered yet
        if (!taken && isHalfDone(error)) throw error
        again = true
        left = await untilAgain(left, error)
      }
    }
  }

  function lost(partition: string, batch: readonly Waiting[], again: boolean): void {
    parts.onLost(partition)
    const why = 'Redis holds another history than this node has seen; the node must start anew.'
    for (const { reject } of batch) reject(again ? new OutcomeUnknown(why) : new StoreUnavailable(why))
  }

  function refuse(batch: readonly Waiting[], error: unknown): void {
    const refusal = refusalIn(error)
    const reason = refusal
      ? new StoreUnavailable(`Redis takes no writes, nothing was written: ${refusal.message}.`, {
          cause: error,
        })
      : (error as Error)
    for (const { reject } of batch) reject(reason)
  }

  /** Waits for a connection; returns what still has time, the rest is told that its outcome is unknown. */
  async function untilAgain(batch: readonly Waiting[], cause: unknown): Promise<readonly Waiting[]> {
    const giveUpAt = Math.max(...batch.map((one) => one.giveUpAt))
    const leftMs = giveUpAt - clock.monotonicMs()
    if (connection.ready) await pause(clock, Math.min(ASK_AGAIN_MS, Math.max(0, leftMs)))
    if (leftMs > 0) await connection.untilReady(leftMs)
    const now = clock.monotonicMs()
    const inTime = (one: Waiting): boolean => one.giveUpAt > now && connection.ready
    for (const one of batch) if (!inTime(one)) one.reject(unknown(cause))
    const left = batch.filter(inTime)
    if (left.length > 0) counters.resent += 1
    return left
  }

  async function deliver(
    partition: string,
    batch: readonly Waiting[],
    outcomes: readonly Outcome[],
    again: boolean,
  ): Promise<void> {
    let reached = 0
    for (const [i, outcome] of outcomes.entries()) {
      const last = lastSeq(outcome)
      const entries = batch[i]?.encoded.entries ?? []
      if (last === undefined) continue
      chain.learn(partition, last - entries.length + 1, entries)
      reached = Math.max(reached, last)
    }
    await Promise.all(
      batch.map(async (one, i) => {
        try {
          one.resolve(await resultOf(partition, one, outcomes[i] as Outcome, again))
        } catch (error) {
          // It is committed, only not known where.
          one.reject(error instanceof OutcomeUnknown ? error : unknown(error))
        }
      }),
    )
    // After the answers: a listener that throws must not keep anyone from theirs.
    if (reached > 0) queueMicrotask(() => parts.onCommitted({ partition, seq: reached }))
  }

  async function resultOf(
    partition: string,
    one: Waiting,
    outcome: Outcome,
    again: boolean,
  ): Promise<CommitResult> {
    const { entries, change } = one.encoded
    counters.answered += 1
    switch (outcome[0]) {
      case 'committed':
      case 'earlier': {
        const last = Number(outcome[2])
        const hash = chain.knownHash(partition, last) ?? (await hashInTime(partition, last, one.giveUpAt))
        const events: StoredEvent[] = []
        for (const [i, event] of change.events.entries()) {
          const seq = last - entries.length + 1 + i
          const own = chain.knownHash(partition, seq) ?? (await hashInTime(partition, seq, one.giveUpAt))
          events.push(committedEvent(partition, seq, event, change, own))
        }
        const head = { partition, tenant: tenantOf(partition), seq: last, hash }
        return { status: 'committed', version: Number(outcome[1]), write: one.encoded.attempt, events, head }
      }
      case 'repeated':
        return { status: 'repeated', earlier: JSON.parse(String(outcome[1])) }
      case 'outdated':
        return { status: 'outdated' }
      case 'too_late':
        return { status: 'too_late', now: Number(outcome[1]) }
      case 'stale': {
        // It may be this very change that made it stale, and somebody has changed it since.
        if (again && !change.remember)
          throw new OutcomeUnknown('Another commit came after the answer got lost.')
        return { status: 'stale', ...standingDocument(outcome[1] as Reply) }
      }
      default:
        throw new Error(`Redis answered ${outcome[0]} to a commit.`)
    }
  }

  /** Other nodes' events may have to be read for it, over a connection that may have broken meanwhile. */
  async function hashInTime(partition: string, seq: number, giveUpAt: number): Promise<string> {
    for (;;) {
      try {
        return await chain.hash(partition, seq)
      } catch (error) {
        const leftMs = giveUpAt - clock.monotonicMs()
        if (error instanceof RangeError || leftMs <= 0 || !(await connection.untilReady(leftMs))) throw error
      }
    }
  }

  function flush(partition: string): void {
    const queue = queues.get(partition) ?? []
    queues.delete(partition)
    for (const batch of batches(queue))
      void settle(partition, batch)
        .catch((error) => {
          for (const one of batch) one.reject(unknown(error))
        })
        .finally(() => {
          waiting -= batch.length
        })
  }

  return {
    counters,

    add(partition: string, encoded: EncodedChange): Promise<CommitResult> {
      if (waiting >= MOST_WAITING)
        return Promise.reject(new StoreUnavailable('Too many commits wait for Redis; try again later.'))
      waiting += 1
      const giveUpAt = clock.monotonicMs() + SETTLE_WITHIN_MS
      return new Promise((resolve, reject) => {
        const queue = queues.get(partition)
        const one = { encoded, giveUpAt, resolve, reject }
        if (queue) queue.push(one)
        else {
          queues.set(partition, [one])
          setImmediate(() => flush(partition))
        }
      })
    },
  }
}

function batches(queue: readonly Waiting[]): Waiting[][] {
  const found: Waiting[][] = []
  let size = 0
  for (const one of queue) {
    const last = found.at(-1)
    if (last && last.length < MOST_IN_CALL && size + one.encoded.size <= MOST_TEXT_IN_CALL) last.push(one)
    else {
      found.push([one])
      size = 0
    }
    size += one.encoded.size
  }
  return found
}

const lastSeq = (outcome: Outcome): number | undefined =>
  outcome[0] === 'committed' || outcome[0] === 'earlier' ? Number(outcome[2]) : undefined

const unknown = (cause: unknown): OutcomeUnknown =>
  new OutcomeUnknown(`Redis did not say whether the commit stands (${String(cause)}).`, { cause })

const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
