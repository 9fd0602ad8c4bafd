import QuickLRU from 'quick-lru'
import type { DocumentRef } from '../store/store.ts'

/** Documents that are kept, the last used of them: at least half as many. */
const MOST_KEPT = 4_096

/** A document as it was when this node last saw it; `version` 0: there was none. */
export interface Recalled {
  readonly doc: unknown
  readonly version: number
  readonly write?: string | undefined
}

/** What this node last saw of documents. Others may have changed them since: it counts only where a commit checks the version. */
export class Recollection {
  readonly #kept = new QuickLRU<string, Recalled>({ maxSize: MOST_KEPT / 2 })

  of(ref: DocumentRef): Recalled | undefined {
    return this.#kept.get(keyOf(ref))
  }

  keep(ref: DocumentRef, { doc, version, write }: Recalled): void {
    this.#kept.set(keyOf(ref), { doc, version, write })
  }

  drop(ref: DocumentRef): void {
    this.#kept.delete(keyOf(ref))
  }
}

const keyOf = ({ tenant, kind, id }: DocumentRef): string => `${kind} ${tenant} ${id}`
