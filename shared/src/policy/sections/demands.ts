import { z } from 'zod'
import { count, durationMs } from './fields.ts'

/** What a catalogue entry and a rule can both ask of a release (PO3). */
export const demandFields = {
  approvals: count(20, 1)
    .optional()
    .describe('How many distinct persons must release it (AP5). Of several demands the largest counts.'),
  denials: count(20, 1)
    .optional()
    .describe('How many persons must deny it to end it (AP5). Of several demands the smallest counts.'),
  separationOfDuties: z
    .boolean()
    .optional()
    .describe("Whether the agent's owner is barred from releasing it (AP6)."),
  timeoutMs: durationMs
    .optional()
    .describe('How long it waits for a person, in ms or like "15m". Of several demands the shortest counts.'),
}
