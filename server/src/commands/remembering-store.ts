import QuickLRU from 'quick-lru'
import type { DocumentRef, Loaded, Store } from '../store/store.ts'

/** Documents that are kept, the last used of them: at least half as many. */
const MOST_KEPT = 4_096

/**
 * A store that remembers what this node last committed or read, so that the next command on the document need not read it:
 * one round trip instead of two. Another node may have changed it since. That harms nothing, since a commit is refused as
 * stale then and brings what stands; and whoever decides without a commit must load afresh (ST1).
 */
export function rememberingStore(store: Store): Store {
  const kept = new QuickLRU<string, { readonly doc: unknown; readonly version: number }>({
    maxSize: MOST_KEPT / 2,
  })

  const keep = (ref: DocumentRef, version: number, doc: unknown): void => {
    const key = keyOf(ref)
    if (version > 0) kept.set(key, { doc, version })
    else kept.delete(key)
  }

  const load: Store['load'] = async (ref, command, fresh = false): Promise<Loaded> => {
    const known = fresh ? undefined : kept.get(keyOf(ref))
    if (known) return { ...known, cached: true }
    const loaded = await store.load(ref, command, true)
    // Else each refusal would first be decided on the same old document again, and the fence that it shows and the one that
    // stands would each be taken for new every time: a takeover would wait for ever (AG6).
    keep(ref, loaded.version, loaded.doc)
    return loaded
  }

  const commit: Store['commit'] = async (change) => {
    // until it is known what became of it, nothing is
    kept.delete(keyOf(change.ref))
    const result = await store.commit(change)
    if (result.status === 'committed') keep(change.ref, result.version, change.doc)
    else if (result.status === 'stale') keep(change.ref, result.version, result.doc)
    return result
  }

  return Object.assign(Object.create(store) as Store, { load, commit })
}

const keyOf = ({ tenant, kind, id }: DocumentRef): string => `${kind} ${tenant} ${id}`
