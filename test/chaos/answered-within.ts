import type { Counts } from './workload.ts'

/** PR2: what a call may take until it ends as ok, refused or unknown. Unit: ms. */
const ANSWERED_WITHIN_MS = 2_000
/** On its way through a balancer and a proxy, and waiting for its turn at both ends. Unit: ms. */
const ON_THE_WAY_MS = 100

/** With what processes here were held up at worst, which is no fault of the plane's; ms. */
export const answeredWithinMs = ({ longestStallMs }: Pick<Counts, 'longestStallMs'>): number =>
  ANSWERED_WITHIN_MS + ON_THE_WAY_MS + longestStallMs
