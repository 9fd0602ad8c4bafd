import { OutcomeUnknown, StoreUnavailable } from '../store/store.ts'
import type { CommandLog } from './in-time.ts'

/**
 * What is read after a commit, for its answer: where that fails, "nothing was done" would be a lie (PR2), and "something broke" says less
 * than is known. A defect is logged here, since nobody who is told "unknown" would say so.
 */
export const onceCommitted = <T>(log: CommandLog, reading: Promise<T>): Promise<T> =>
  reading.catch((error: unknown) => {
    if (error instanceof OutcomeUnknown) throw error
    const isOutage = error instanceof StoreUnavailable
    if (!isOutage) log.error({ err: error }, 'what is needed for the answer to a commit could not be read')
    throw new OutcomeUnknown(error instanceof Error ? error.message : String(error), { cause: error })
  })
