import { z } from 'zod'
import * as f from './fields.ts'

const partName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a name of the policy')

/** Who is on call, and through what people are told (ES2). */
export const onCallRequests = {
  /** Now, or at another time; with `until`, everybody up to then (92 days at most). */
  'oncall.get': z.strictObject({
    schedule: partName.optional(),
    at: f.timestamp.optional(),
    until: f.timestamp.optional(),
  }),
  'oncall.override': z.strictObject({
    key: f.key,
    schedule: partName,
    person: f.name,
    from: f.timestamp,
    until: f.timestamp,
  }),
  'oncall.cancel': z.strictObject({ key: f.key, id: f.id }),
  'channel.list': z.strictObject({}),
  /** Sends a test message now, to the channel's own destination or to a person. The key is part of its id. */
  'channel.test': z.strictObject({ key: f.key, name: partName, person: f.name.optional() }),
} as const
