import { z } from 'zod'
import { personRoles } from '../../roles.ts'
import { actionName, count, durationOrZeroMs, type Frozen, score } from '../sections/fields.ts'
import { actionClasses, approvalLevels, autonomyLevels } from '../words.ts'

const used = z.strictObject({ used: count(1_000_000), limit: count(1_000_000).optional() })

const expected = z.strictObject({
  verdict: z.enum(['go', 'ask', 'forbidden', 'invalid']).optional(),
  level: z.enum(approvalLevels).optional(),
  class: z.enum(actionClasses).optional(),
  role: z.enum(personRoles).optional(),
  factor: z.boolean().optional(),
  approvals: count(20).optional(),
  denials: count(20).optional(),
  separationOfDuties: z.boolean().optional(),
  escalation: z.string().optional(),
  timeoutMs: durationOrZeroMs.optional(),
  /** Each must be among those that decided. */
  rules: z.array(z.string()).optional(),
})

const policyCase = z.strictObject({
  name: z.string().min(1).max(200),
  action: actionName,
  args: z.unknown().optional(),
  agent: z
    .strictObject({
      id: z.string().min(1).max(128).optional(),
      owner: z.string().optional(),
      labels: z.record(z.string(), z.string()).optional(),
      trust: score.optional(),
      /** Where it is not what trust has earned. */
      autonomy: z.enum(autonomyLevels).optional(),
    })
    .optional(),
  risk: score.optional(),
  confidence: score.optional(),
  budgets: z.strictObject({ apiCalls: used.optional(), files: used.optional() }).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  expect: expected.refine((one) => Object.keys(one).length > 0, 'expects nothing'),
})

/** A file of unit cases for a policy. */
export const policyCases = z.strictObject({
  /** The policy file, from where this file is. */
  policy: z.string().min(1).max(1_000).optional(),
  cases: z.array(policyCase).min(1).max(1_000),
})

export type PolicyCase = Frozen<z.output<typeof policyCase>>
