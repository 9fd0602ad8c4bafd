import { z } from 'zod'
import { count, durationMs, score } from './fields.ts'

const reason = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a reason like high_risk')
const priority = z.int().min(1).max(5)

/** ES: when a ticket opens, and how urgent it is. */
export const escalation = z.strictObject({
  confidenceBelow: score.describe('A ticket opens below this confidence (ES1).'),
  riskAbove: score.describe('A ticket opens above this risk (ES1).'),
  failuresInRow: count(1_000, 1).describe('A ticket opens from this many failures in a row (ES1).'),
  always: z.array(reason).max(50).describe('Reasons that always open a ticket, whatever the scores.'),
  pauseOn: z
    .array(reason)
    .max(50)
    .optional()
    .describe('Reasons whose tickets pause the agent, in the commit that opens them (ES1).'),
  priorities: z.record(reason, priority).describe('Reason → priority, 1 highest.'),
  otherPriority: priority.describe('Of reasons that are not listed.'),
  ticketTimeoutMs: durationMs.describe('When a ticket expires, in ms or like "7d".'),
  questionTimeoutMs: durationMs.describe('When a question expires, where the agent names no other time.'),
})
