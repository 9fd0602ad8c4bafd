import { z } from 'zod'

/** AP5, AP6: what releasing asks of the people, where neither catalogue nor rule says otherwise. */
export const people = z.strictObject({
  separationOfDuties: z
    .boolean()
    .describe("Whether an agent's owner is barred from releasing what it asks for (AP6)."),
})
