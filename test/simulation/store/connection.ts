/** One node's way to the database: the port, with what can go wrong between the two left to a `Route`. */
import type { Change, CommitHint, CommitResult, Store } from '@holdpoint/server'
import { OutcomeUnknown, StoreUnavailable } from '@holdpoint/server/parts'
import { type Database, partitionOf } from './database.ts'

/** How a call gets there and its answer back. */
export interface Route {
  /** Carries out a read, or what is harmless to repeat. Rejects with StoreUnavailable where no answer comes. */
  ask<T>(what: string, work: () => T): Promise<T>
  /** Carries out a commit. Rejects as the port says: StoreUnavailable, OutcomeUnknown (ST8). */
  commit(work: () => CommitResult): Promise<CommitResult>
  /** The node's estimate of the store's clock, ms. */
  now(): number
  writable(): boolean
}

const OTHER_HISTORY = 'The store holds another history than this node has seen.'

class HistoryLost extends Error {}

/** Who holds the connection. */
export interface Holder {
  readonly name: string
  newAttempt(): string
  /** Told when it turns out that history was lost since (ST9), as often as it does: it has to start anew. */
  lost(): void
}

export function connectStore(database: Database, route: Route, holder: Holder): Store {
  const listeners = new Set<(hint: CommitHint) => void>()
  const { epoch } = database
  let hasLost = false
  let closing: Promise<void> | undefined
  let accepted = 0
  let idle: (() => void) | undefined

  async function accept<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (closing) throw new StoreUnavailable('The store is closed.')
    if (hasLost) throw new StoreUnavailable(OTHER_HISTORY)
    accepted += 1
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error
      hasLost = true
      holder.lost()
      throw what === 'commit' ? new OutcomeUnknown(OTHER_HISTORY) : new StoreUnavailable(OTHER_HISTORY)
    } finally {
      accepted -= 1
      if (accepted === 0) idle?.()
    }
  }

  const ask = <T>(what: string, work: () => T): Promise<T> => accept(what, () => route.ask(what, work))

  /** Where the store looks whether this node knows the history that it holds. */
  const fenced = <T>(work: () => T): T => {
    if (database.epoch !== epoch && !database.mistakes.unfenced) throw new HistoryLost()
    return work()
  }

  const commit = (change: Change): Promise<CommitResult> =>
    accept('commit', async () => {
      const attempt = holder.newAttempt()
      const result = await route.commit(() => fenced(() => database.commit(change, attempt, holder.name)))
      if (result.status === 'committed' && result.events.length > 0) {
        const { partition, seq } = result.head
        for (const listener of listeners) queueMicrotask(() => listener({ partition, seq }))
      }
      return result
    })

  return {
    epoch,
    now: route.now,
    writable: route.writable,
    partitionOf,
    load: (ref, command) => ask('load', () => ({ ...database.load(ref, command), cached: false })),
    commit,
    listDocuments: (query) => ask('listDocuments', () => database.listDocuments(query)),
    record: (tenant, kind, id) => ask('record', () => database.record(tenant, kind, id)),
    records: (query) => ask('records', () => database.records(query)),
    countOpen: (tenant) => ask('countOpen', () => database.countOpen(tenant)),
    blob: (tenant, digest) => ask('blob', () => database.blob(tenant, digest)),
    head: (partition) => ask('head', () => database.head(partition)),
    heads: () => ask('heads', () => fenced(() => database.heads())),
    assertCurrent: async () => {},
    readFeed: (partition, after, limit) => ask('readFeed', () => database.readFeed(partition, after, limit)),
    hashAt: (partition, seq) => ask('hashAt', () => database.hashAt(partition, seq)),
    readPushes: (tenant, agent, after, limit) =>
      ask('readPushes', () => database.readPushes(tenant, agent, after, limit)),
    history: (query) => ask('history', () => database.history(query)),
    claimDeadlines: (limit, leaseMs) => ask('claimDeadlines', () => database.claimDeadlines(limit, leaseMs)),
    nextDeadlineAt: () => ask('nextDeadlineAt', () => database.nextDeadlineAt()),
    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    confirmArchived: (partition, seq, hash) =>
      ask('confirmArchived', () => database.confirmArchived(partition, seq, hash)),
    trim: (partition, seq) => ask('trim', () => database.trim(partition, seq)),
    close() {
      closing ??= accepted === 0 ? Promise.resolve() : new Promise((resolve) => (idle = resolve))
      return closing
    },
  }
}
