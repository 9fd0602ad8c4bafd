import { z } from 'zod'
import { partName } from './fields.ts'

/** Secrets are named, never written: the server looks them up where its operator keeps them. */
const secret = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the name of a secret, like pager-key')

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: z
    .url({ protocol: /^https?$/, hostname: /^[^@]+$/ })
    .max(2_000)
    .describe('Where it is posted.'),
  secret: secret.describe('The name of the secret it is signed with (Standard Webhooks).'),
})
const email = z.strictObject({
  kind: z.literal('email'),
  smtp: secret.describe('The name of the secret that holds the mail server, like smtps://user:pass@host.'),
  from: z.email().max(254),
  to: z
    .array(z.email().max(254))
    .min(1)
    .max(20)
    .optional()
    .describe('Its own destination. Without one it reaches persons at their own addresses.'),
})
const slack = z.strictObject({
  kind: z.literal('slack'),
  token: secret.describe('The name of the secret that holds the bot token.'),
  signingSecret: secret
    .optional()
    .describe(
      'The name of the secret that button presses are checked with. Without it there are no buttons.',
    ),
  to: z
    .string()
    .regex(/^[CGD][A-Z0-9]{2,20}$/, 'must be a Slack conversation id like C024BE7LR')
    .optional()
    .describe('Its own destination. Without one it reaches persons at their own addresses.'),
})
const pagerduty = z.strictObject({
  kind: z.literal('pagerduty'),
  routingKey: secret.describe('The name of the secret that holds the integration key (Events API v2).'),
  region: z.enum(['us', 'eu']).default('us'),
})

const channel = z.discriminatedUnion('kind', [webhook, email, slack, pagerduty])

/** How people are told, by name. */
export const channels = z.record(partName, channel)
