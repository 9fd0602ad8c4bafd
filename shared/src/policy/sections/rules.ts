import { z } from 'zod'
import { approvalLevels } from '../words.ts'
import { demandFields } from './demands.ts'
import { type Frozen, partName, role } from './fields.ts'

/** The longest `when`, in characters. */
export const MAX_WHEN = 2_000
export const MAX_RULES = 200

const rule = z.strictObject({
  name: partName.describe('What answers call it: "rule:<name>".'),
  when: z.string().min(1).max(MAX_WHEN).describe('A CEL expression: where it is true, the rule asks.'),
  level: z.enum(approvalLevels).optional().describe('At least this level.'),
  role: role.optional().describe('At least this role.'),
  factor: z.literal(true).optional().describe('A fresh second factor.'),
  ...demandFields,
  forbid: z.literal(true).optional().describe('It may not be done at all.'),
  reason: z.string().min(1).max(500).optional().describe('For the agent and for people: why.'),
})

/** PO3: rules over action, arguments, agent, labels, trust, risk, confidence, budgets and time. */
export const rules = z
  .array(rule)
  .max(MAX_RULES)
  .superRefine((all, context) => {
    const known = new Set<string>()
    all.forEach(({ name }, at) => {
      if (known.has(name))
        context.addIssue({
          code: 'custom',
          path: [at, 'name'],
          message: `there are two rules named "${name}"`,
        })
      known.add(name)
    })
  })

export type Rule = Frozen<z.output<typeof rule>>
