import type { Clock } from '../clock.ts'
import type { Decision } from '../domain/effects.ts'
import type { DocumentRef, Store } from '../store/store.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { Publish } from './publish.ts'
import { type StoreView, soleView } from './store-view.ts'
import { type Outcome, type RememberAs, transact } from './transact.ts'

/**
 * A small document that a tenant has one of, kept at hand because every command of the tenant reads it. Its events name
 * no agent: by that other nodes know that theirs is out of date.
 */
export interface TenantDocument<D> {
  /** As of this node's view of the store (StoreView), and never older than a second where nodes share one. */
  current(tenant: string): Promise<D>
  /** As of its last commit: for whoever shows it beside a place in the feed, and hears only of what comes after that. */
  afresh(tenant: string): Promise<D>
  /** What was last known, without reading; undefined where nothing is. To show, never to decide on. */
  peek(tenant: string): D | undefined
  submit(tenant: string, command: Submission<D>): Promise<Outcome<D>>
  /** Another node has changed it: what is at hand counts no more. */
  changed(tenant: string): void
}

export interface Submission<D> {
  readonly decide: (doc: D, at: number) => Decision<D>
  readonly remember?: RememberAs | undefined
  readonly deadline?: string | undefined
  /** As `Transaction.dueAt`. */
  readonly dueAt?: (doc: D) => number | undefined
}

/** Where nothing was heard of the store for so long, the document is read before it is believed, ms. */
const BELIEVED_FOR_MS = 1_000

interface AtHand<D> {
  readonly doc: D
  /** When it was asked for, on the monotonic clock. */
  readonly readAt: number
}

/** Which document it is, and how it is read. */
export interface TenantDocumentKind<D> {
  readonly kind: DocumentRef['kind']
  readonly id: string
  readonly read: (stored: unknown) => D
  readonly empty: D
}

interface TenantDocumentPorts<D> extends TenantDocumentKind<D> {
  readonly store: Store
  readonly queue: KeyedQueue
  readonly publish: Publish
  /** Needed where nodes share the store. */
  readonly shared?: { readonly view: StoreView; readonly clock: Clock } | undefined
}

export function createTenantDocument<D>(ports: TenantDocumentPorts<D>): TenantDocument<D> {
  const { store, queue, publish, kind, id, read, empty, shared } = ports
  const view = shared?.view ?? soleView
  const atHand = new Map<string, AtHand<D>>()
  /** How often each was changed elsewhere: what was asked for before that must not be kept when it comes after. */
  const changes = new Map<string, number>()
  const refOf = (tenant: string): DocumentRef => ({ tenant, kind, id })
  const keyOf = (tenant: string): string => `${kind} ${tenant}`
  const elapsed = (): number => shared?.clock.monotonicMs() ?? 0

  const believed = (tenant: string): D | undefined => {
    const known = atHand.get(tenant)
    if (!known) return undefined
    const isRecent = elapsed() - Math.max(known.readAt, view.asOf(tenant)) <= BELIEVED_FOR_MS
    return isRecent ? known.doc : undefined
  }

  /** Keeps what `work` comes to, unless it was changed elsewhere meanwhile; and nothing where it comes to nothing. */
  const keep = async (tenant: string, work: () => Promise<D>): Promise<D> => {
    const before = changes.get(tenant)
    const readAt = elapsed()
    const doc = await work().catch((error: unknown) => {
      // it may have been written all the same
      atHand.delete(tenant)
      throw error
    })
    if (changes.get(tenant) === before) atHand.set(tenant, { doc, readAt })
    else atHand.delete(tenant)
    return doc
  }

  const load = (tenant: string): Promise<D> =>
    keep(tenant, async () => {
      const loaded = await store.load(refOf(tenant))
      return loaded.doc === undefined ? empty : read(loaded.doc)
    })

  return {
    peek: (tenant) => atHand.get(tenant)?.doc,
    async current(tenant) {
      const doc = believed(tenant)
      if (doc !== undefined) return doc
      // in the queue, so that a commit in flight can't be overwritten by what was read before it
      return queue.run(keyOf(tenant), async () => believed(tenant) ?? load(tenant))
    },
    // in the queue also where nobody else writes: a commit may be done in the store and not known here yet
    afresh: (tenant) =>
      queue.run(keyOf(tenant), async () => (shared ? undefined : believed(tenant)) ?? load(tenant)),
    submit: (tenant, { decide, remember, deadline, dueAt }) =>
      queue.run(keyOf(tenant), async () => {
        let outcome: Outcome<D> | undefined
        await keep(tenant, async () => {
          outcome = await transact<D>(store, {
            ref: refOf(tenant),
            read,
            command: remember,
            deadline,
            dueAt,
            decide: (doc, at) => decide(doc ?? empty, at),
          })
          return outcome.doc ?? empty
        })
        const { events } = outcome as Outcome<D>
        publish(events)
        return outcome as Outcome<D>
      }),
    changed(tenant) {
      changes.set(tenant, (changes.get(tenant) ?? 0) + 1)
      atHand.delete(tenant)
    },
  }
}
