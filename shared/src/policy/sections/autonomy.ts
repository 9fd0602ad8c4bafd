import { z } from 'zod'
import { amounts, classes, score } from './fields.ts'

const level = z.strictObject({
  fromTrust: score.describe('Trust from which this level is earned.'),
  needsApproval: classes.describe('Classes that ask at least review here; "*" is every class.'),
  alone: classes.describe('Classes that may go alone here.'),
  forbidden: classes.describe('Classes that are refused here, with a ticket.'),
  confirmPromotion: z.boolean().describe("Whether reaching this level takes an admin's confirmation (AU2)."),
  limits: amounts.describe('What may be consumed in one budget window before people are asked (PO4).'),
})

/** AU: what each autonomy level lets an agent do. */
export const autonomy = z
  .strictObject({
    restricted: level,
    supervised: level,
    standard: level,
    trusted: level,
    autonomous: level,
  })
  .superRefine((all, context) => {
    const ladder = Object.entries(all)
    ladder.forEach(([name, { fromTrust }], at) => {
      const below = ladder[at - 1]
      if (below && fromTrust < below[1].fromTrust)
        context.addIssue({
          code: 'custom',
          path: [name, 'fromTrust'],
          message: `must not be below that of ${below[0]}, the level before it`,
        })
    })
  })

/** AU: how trust moves. */
export const trust = z.strictObject({
  initial: score.describe('Of a new agent.'),
  success: score.describe('A success adds this share of what is missing to 1.'),
  failure: score.describe('A failure of severity s takes this times s.'),
  escalation: score.describe('An escalation by or about the agent takes this.'),
})
