import { z } from 'zod'
import { count, durationMs } from './fields.ts'

const enabled = z.boolean().describe('Whether it watches.')
const pause = z.boolean().describe('Whether it also pauses the agent, in the same commit.')

/** ES4: what the server watches for by itself. Each that fires opens an `anomaly` ticket. */
export const detectors = z.strictObject({
  repeatedCall: z
    .strictObject({
      enabled,
      times: count(1_000, 2).describe('So many requests for the same bytes, under distinct keys …'),
      withinMs: durationMs.describe('… within this time of the first.'),
      pause,
    })
    .describe('The same call again and again.'),
  burst: z
    .strictObject({
      enabled,
      windowMs: durationMs.describe('Requests are counted per window of this length.'),
      factor: z.number().min(1).max(1_000).describe('So many times the usual rate …'),
      atLeast: count(1_000_000, 1).describe('… and at least so many requests in a window.'),
      smoothing: z
        .number()
        .gt(0)
        .max(1)
        .describe('How much the newest window counts in the moving average of the rate (EWMA), in (0, 1].'),
      learnWindows: count(10_000, 1).describe('How many windows make a usual rate.'),
      pause,
    })
    .describe('Far more requests than the agent usually makes.'),
  errorStreak: z
    .strictObject({
      enabled,
      failuresInRow: count(1_000, 1).describe('So many reported failures, one after the other.'),
      pause,
    })
    .describe('One failure after the other.'),
})
