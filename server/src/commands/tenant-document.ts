import type { Decision } from '../domain/effects.ts'
import type { DocumentRef, Store } from '../store/store.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { Publish } from './publish.ts'
import { type Outcome, type RememberAs, transact } from './transact.ts'

/** A small document that a tenant has one of, kept at hand because every command of the tenant reads it. */
export interface TenantDocument<D> {
  /** As of its last commit; read from the store once. */
  current(tenant: string): Promise<D>
  /** The same without waiting; undefined until `current` was asked for once. */
  peek(tenant: string): D | undefined
  submit(tenant: string, command: Submission<D>): Promise<Outcome<D>>
}

export interface Submission<D> {
  readonly decide: (doc: D, at: number) => Decision<D>
  readonly remember?: RememberAs | undefined
  readonly deadline?: string | undefined
  /** As `Transaction.dueAt`. */
  readonly dueAt?: (doc: D) => number | undefined
}

export function createTenantDocument<D>(ports: {
  readonly store: Store
  readonly queue: KeyedQueue
  readonly publish: Publish
  readonly kind: 'orders' | 'access' | 'policy'
  readonly id: string
  readonly read: (stored: unknown) => D
  readonly empty: D
}): TenantDocument<D> {
  const { store, queue, publish, kind, id, read, empty } = ports
  const known = new Map<string, D>()
  const refOf = (tenant: string): DocumentRef => ({ tenant, kind, id })
  const keyOf = (tenant: string): string => `${kind} ${tenant}`

  return {
    peek: (tenant) => known.get(tenant),
    async current(tenant) {
      const doc = known.get(tenant)
      if (doc !== undefined) return doc
      // in the queue, so that a commit in flight can't be overwritten by what was read before it
      return queue.run(keyOf(tenant), async () => {
        const loaded = await store.load(refOf(tenant))
        const read_ = loaded.doc === undefined ? empty : read(loaded.doc)
        known.set(tenant, read_)
        return read_
      })
    },
    submit: (tenant, { decide, remember, deadline, dueAt }) =>
      queue.run(keyOf(tenant), async () => {
        const outcome = await transact<D>(store, {
          ref: refOf(tenant),
          read,
          command: remember,
          deadline,
          dueAt,
          decide: (doc, at) => decide(doc ?? empty, at),
        })
        known.set(tenant, outcome.doc ?? empty)
        publish(outcome.events)
        return outcome
      }),
  }
}
