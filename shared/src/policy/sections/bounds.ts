import { z } from 'zod'
import { DAY, SECOND } from '../../time.ts'
import { count, durationMs } from './fields.ts'

/** AG4: how long an agent may act on its last word from here. */
export const lease = z
  .strictObject({
    defaultMs: durationMs.describe('Where the agent asks for none, in ms or like "15s".'),
    maxMs: durationMs.describe('At most; a stop binds within this.'),
  })
  .refine(({ defaultMs, maxMs }) => defaultMs <= maxMs && defaultMs >= SECOND, {
    path: ['defaultMs'],
    message: 'must be a second at least, and no more than maxMs',
  })

/** AP8. */
export const denials = z.strictObject({
  rememberMs: durationMs.describe('How long the same bytes are refused after a denial.'),
  inRow: count(1_000, 1).describe('How many denials in a row open a ticket.'),
})

/** AP9. */
export const release = z
  .strictObject({
    useByMs: durationMs.describe('How long a release may be begun.'),
    maxUseByMs: durationMs.describe('The same, whatever else is asked for; 24 hours at most.'),
  })
  .refine(({ maxUseByMs }) => maxUseByMs <= DAY, { path: ['maxUseByMs'], message: 'must be 24h at most' })
  .refine(({ useByMs, maxUseByMs }) => useByMs <= maxUseByMs, {
    path: ['useByMs'],
    message: 'must be no more than maxUseByMs',
  })

/** PO4. */
export const budgets = z.strictObject({
  windowMs: durationMs.describe('The rolling window that the limits of the autonomy levels count in.'),
})

/** AP14 and other bounds on what one agent or tenant may leave open. */
export const caps = z.strictObject({
  openItems: count(100, 1).describe('Open approvals and tickets of one agent.'),
  tenantOpenItems: count(1_000_000, 1).describe(
    'The same of all agents of a tenant: beyond it, only who has less open than an equal share may open more.',
  ),
  instructions: count(500, 1).describe('Queued instructions of one agent.'),
  unreported: count(500, 1).describe('Begun and unreported actions of one agent.'),
  orders: count(1_000, 1).describe('Standing orders of one tenant.'),
  children: count(100_000, 1).describe("Agents below one token's subject."),
})
