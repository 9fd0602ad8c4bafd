import { z } from 'zod'
import { actionClasses, approvalLevels } from '../words.ts'
import { demandFields } from './demands.ts'
import { actionName, amounts, type Frozen, partName } from './fields.ts'

export const catalogueEntry = z.strictObject({
  level: z.enum(approvalLevels).describe('The release it needs (AP).'),
  class: z.enum(actionClasses).describe('What kind of act it is, for autonomy (AU).'),
  ...demandFields,
  escalation: partName.optional().describe('The escalation policy that its approvals follow (AP12).'),
  consumes: amounts.partial().optional().describe('What one of it takes from the budgets (PO4).'),
  idempotent: z
    .literal(true)
    .optional()
    .describe(
      'Doing the same bytes twice is as good as once: what may have run already is done again without a person being asked for that (AP9).',
    ),
  args: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('A JSON Schema that its arguments must fit; others are refused as invalid.'),
})

/** PO: what is known of each action. Action name → entry. */
export const catalogue = z.record(actionName, catalogueEntry)

export type CatalogueEntry = Frozen<z.output<typeof catalogueEntry>>
