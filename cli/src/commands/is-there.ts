import { HoldpointError } from '@holdpoint/client/operator'

/** Whether what was asked for is there. Errors: as `asked`, but for `not_found`. */
export const isThere = (asked: Promise<unknown>): Promise<boolean> =>
  asked.then(
    () => true,
    (error: unknown) => {
      if (error instanceof HoldpointError && error.code === 'not_found') return false
      throw error
    },
  )
