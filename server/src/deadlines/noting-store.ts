import type { Change, Store } from '../store/store.ts'

/** A store that tells of the deadlines that this process sets, so that nobody has to look for them after each commit. */
export interface NotingStore extends Store {
  /** `dueAt`: of the earliest that a commit has set, or may have set, ms. Returns the unsubscribe. */
  onDeadlineSet(listener: (dueAt: number) => void): () => void
}

export function notingStore(store: Store): NotingStore {
  const listeners = new Set<(dueAt: number) => void>()

  const tell = ({ deadlines }: Change): void => {
    let earliest: number | undefined
    for (const { dueAt } of deadlines?.set ?? []) earliest = Math.min(earliest ?? dueAt, dueAt)
    if (earliest !== undefined) for (const listener of listeners) listener(earliest)
  }

  const commit: Store['commit'] = async (change) => {
    try {
      const result = await store.commit(change)
      if (result.status === 'committed') tell(change)
      return result
    } catch (error) {
      // it may have been written all the same
      tell(change)
      throw error
    }
  }

  const onDeadlineSet: NotingStore['onDeadlineSet'] = (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return Object.assign(Object.create(store) as Store, { commit, onDeadlineSet })
}
