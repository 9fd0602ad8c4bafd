import { z } from 'zod'
import { NAME_PATTERN } from '../../ids.ts'
import { MINUTE } from '../../time.ts'
import { count, durationMs, partName } from './fields.ts'

const person = z.string().regex(NAME_PATTERN, "must be a person's id")

/** Whom a step tells. */
const target = z.union([
  z.strictObject({ person: person.describe('At their own addresses.') }),
  z.strictObject({ schedule: partName.describe('Whoever is on call then.') }),
  z.strictObject({ team: partName.describe('Everybody in it.') }),
  z.strictObject({ channel: partName.describe('The channel’s own destination.') }),
])

const step = z.strictObject({
  notify: z.array(target).min(1).max(10),
  acknowledgeWithinMs: durationMs
    .default(5 * MINUTE)
    .describe('How long before the next step, in ms or like "5m". Default: 5 minutes.'),
})

/** ES2: what happens about an urgent ticket until somebody acknowledges it. By name. */
export const escalationPolicies = z.record(
  partName,
  z.strictObject({
    steps: z.array(step).min(1).max(10).describe('In this order.'),
    repeats: count(20).default(3).describe('How often it goes round again after the last step. Default: 3.'),
  }),
)

const priority = z.enum(['1', '2', '3', '4', '5'])

/** ES2: which escalation policy is followed. */
export const paging = z.strictObject({
  byPriority: z
    .partialRecord(priority, partName)
    .describe('Priority → escalation policy. What is not listed waits in the queue.'),
  approvals: partName
    .optional()
    .describe('What undecided approvals follow, where the catalogue names nothing else (AP12).'),
})
