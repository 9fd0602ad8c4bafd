import { z } from 'zod'
import { autonomy, trust } from './sections/autonomy.ts'
import { budgets, caps, denials, lease, release } from './sections/bounds.ts'
import { catalogue, catalogueEntry } from './sections/catalogue.ts'
import { channels } from './sections/channels.ts'
import { detectors } from './sections/detectors.ts'
import { escalation } from './sections/escalation.ts'
import type { Frozen } from './sections/fields.ts'
import { levels } from './sections/levels.ts'
import { escalationPolicies, paging } from './sections/paging.ts'
import { people } from './sections/people.ts'
import { rules } from './sections/rules.ts'
import { schedules } from './sections/schedules.ts'

/** A whole policy, strictly (PO6). A policy file may leave out what the built-in one says. */
export const policySchema = z.strictObject({
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'must be a version like 2026-03-01 or payments-7')
    .describe('What answers call this policy. Raise it with every change.'),
  levels: levels.describe('What releasing at each approval level takes (AP).'),
  catalogue: catalogue.describe('Action name → what is known of it (PO).'),
  unlisted: catalogueEntry.describe('What an action is that nobody listed (AP1).'),
  rules: rules.describe('Further demands, by CEL expressions (PO3).'),
  autonomy: autonomy.describe('What each autonomy level lets an agent do (AU).'),
  trust: trust.describe('How trust moves (AU).'),
  budgets: budgets.describe('How budgets roll over (PO4).'),
  people: people.describe('What releasing asks of the people (AP5, AP6).'),
  escalation: escalation.describe('When tickets open, and how urgent they are (ES).'),
  detectors: detectors.describe('What the server watches for by itself (ES4).'),
  paging: paging.describe('Who is told of what, by priority (ES2).'),
  escalationPolicies: escalationPolicies.describe('Name → whom to tell, in which order (ES2).'),
  schedules: schedules.describe('Name → who is on call, and when (ES2).'),
  channels: channels.describe('Name → how people are told (ES2).'),
  lease: lease.describe('How long an agent may act on its last word from here (AG4).'),
  denials: denials.describe('How denials stick (AP8).'),
  release: release.describe('How long a release may be begun (AP9).'),
  caps: caps.describe('What one agent or tenant may leave open (AP14).'),
})

type Inferred = Frozen<z.output<typeof policySchema>>

/** A whole policy: data, versioned, one active record per tenant (PO6). Durations in ms, scores in [0, 1]. */
export interface Policy extends Inferred {}
