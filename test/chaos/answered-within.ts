import type { Counts } from './workload.ts'

/** PR2: what a call may take until it ends as ok, refused or unknown. Unit: ms. */
const ANSWERED_WITHIN_MS = 2_000
/** On its way through a balancer and a proxy, and waiting for its turn at both ends. Unit: ms. */
const ON_THE_WAY_MS = 100
/** A machine that is busier than that proves nothing, and says so by failing. Unit: ms. */
const MOST_EXCUSED_MS = 2_000

/** Who asks and who answers may each have been held up as long as the worst of the processes here, which is no fault of the plane's. */
export const answeredWithinMs = ({ longestStallMs }: Pick<Counts, 'longestStallMs'>): number =>
  ANSWERED_WITHIN_MS + ON_THE_WAY_MS + Math.min(2 * longestStallMs, MOST_EXCUSED_MS)
