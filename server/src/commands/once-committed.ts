import { OutcomeUnknown, StoreUnavailable } from '../store/store.ts'

/** What is read after a commit, for its answer: where that fails, "nothing was done" would be a lie (PR2). */
export const onceCommitted = <T>(reading: Promise<T>): Promise<T> =>
  reading.catch((error: unknown) => {
    throw error instanceof StoreUnavailable ? new OutcomeUnknown(error.message, { cause: error }) : error
  })
