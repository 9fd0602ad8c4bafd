import type { Change, DocumentRef, NewEvent, Store, StoredEvent } from '@holdpoint/server'

/** One store under test, and what a test can do to it from outside. */
export interface StoreHarness extends AsyncDisposable {
  /** The store as it is open now; another object after `reopen` and `crash`. */
  readonly store: Store
  /** Moves the store's own clock on. An adapter whose clock can't be moved needs a test-only offset to it. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock that the store's own clock follows, forwards or back, while no time passes. */
  jump(ms: number): void | Promise<void>
  /** Closes the store in good order and opens it again. */
  reopen(): Promise<void>
  /** Opens what is left when the process dies at this moment. */
  crash(): Promise<void>
  /** The next commit's outcome gets lost on its way, after it took effect (`kept`) or before (`lost`). */
  failNextCommit(how: 'kept' | 'lost'): void
}

export type OpenHarness = () => Promise<StoreHarness>

export const TENANT = 'acme'

/** The first partition of `TENANT`, the only one that its events have. */
export const partition = `${TENANT}/0`

export const agentRef = (id: string, tenant = TENANT): DocumentRef => ({ tenant, kind: 'agent', id })

export const worker = agentRef('worker')

/** 1, 2, …, n. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

/** A change that creates a small document with one event, with whatever the test cares about on top. */
export const changeTo = (ref: DocumentRef, at: number, more: Partial<Change> = {}): Change => ({
  ref,
  expectedVersion: 0,
  at,
  doc: { state: 'running' },
  events: [startedBy(ref.id)],
  ...more,
})

export const startedBy = (agent: string): NewEvent => ({
  type: 'agent.started',
  agent,
  by: agent,
  data: { run: 'r1' },
})

/** Commits and expects it to be taken. */
export async function committed(store: Store, ref: DocumentRef, more: Partial<Change> = {}) {
  const result = await store.commit(changeTo(ref, store.now(), more))
  if (result.status !== 'committed') throw new Error(`expected a commit, got ${JSON.stringify(result)}`)
  return result
}

/** A partition's whole feed, read page by page. */
export async function wholeFeed(store: Store, partition = store.partitionOf(TENANT)): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (;;) {
    const page = await store.readFeed(partition, events.at(-1)?.seq ?? 0, 7)
    if (page.length === 0) return events
    events.push(...page)
  }
}
