import type { Loaded, Store } from '../store/store.ts'
import { Recollection } from './recollection.ts'

/**
 * A store that remembers what this node last committed or read, so that the next command on the document need not read it:
 * one round trip instead of two. Another node may have changed it since. That harms nothing, since a commit is refused as
 * stale then and brings what stands; and whoever decides without a commit must load afresh (ST1).
 */
export function rememberingStore(store: Store): Store {
  const kept = new Recollection()

  const load: Store['load'] = async (ref, command, fresh = false): Promise<Loaded> => {
    const known = fresh ? undefined : kept.of(ref)
    if (known) return { ...known, cached: true }
    const loaded = await store.load(ref, command, true)
    // Else each refusal would first be decided on the same old document again, and the fence that it shows and the one that
    // stands would each be taken for new every time: a takeover would wait for ever (AG6).
    if (loaded.version > 0) kept.keep(ref, loaded)
    else kept.drop(ref)
    return loaded
  }

  const commit: Store['commit'] = async (change) => {
    // until it is known what became of it, nothing is
    kept.drop(change.ref)
    const result = await store.commit(change)
    if (result.status === 'committed') kept.keep(change.ref, { ...result, doc: change.doc })
    else if (result.status === 'stale' && result.version > 0) kept.keep(change.ref, result)
    return result
  }

  return Object.assign(Object.create(store) as Store, { load, commit })
}
