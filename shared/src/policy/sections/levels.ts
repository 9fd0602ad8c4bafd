import { z } from 'zod'
import { durationMs, durationOrZeroMs, role } from './fields.ts'

const level = z.strictObject({
  role: role.optional().describe('The least role that may release; none where nobody needs to.'),
  factor: z.boolean().describe('Whether a fresh second factor is part of the release.'),
  timeoutMs: durationOrZeroMs.describe('From the request, in ms or like "15m"; 0 where nothing waits.'),
})

const free = level.extend({ role: z.undefined().optional(), factor: z.literal(false) })
const held = level.extend({ role: role.describe('The least role that may release.'), timeoutMs: durationMs })

/** AP: what releasing at each approval level takes. */
export const levels = z.strictObject({
  none: free,
  notify: free,
  review: held,
  required: held,
  required_2fa: held.extend({ factor: z.literal(true) }),
  admin_only: held,
})
