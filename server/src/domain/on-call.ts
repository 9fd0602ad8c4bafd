import { iso, type Override, type OverrideView, ok, type Policy, refused } from '@holdpoint/shared'
import type { Person } from './commands.ts'
import type { Decision } from './effects.ts'

/** ES2: who takes over from whom, in a tenant's schedules. Times in ms. */
export interface OnCallDocument {
  readonly schema: 1
  /** In the order in which they were made: of two that overlap, the later one counts. */
  readonly overrides: readonly NamedOverride[]
}

export interface NamedOverride extends Override {
  readonly schedule: string
  readonly by: string
  readonly at: number
}

export type OnCallCommand =
  | {
      readonly type: 'oncall.override'
      readonly schedule: string
      readonly person: string
      readonly from: number
      readonly until: number
      readonly by: Person
    }
  | { readonly type: 'oncall.cancel'; readonly id: string; readonly by: Person }

/** So many still to come, or under way. */
const MAX_OVERRIDES = 200

export const noOverrides: OnCallDocument = { schema: 1, overrides: [] }

export function readOnCallDocument(stored: unknown): OnCallDocument {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`an on-call document of schema ${schema} needs a newer server`)
  return stored as OnCallDocument
}

/** Pure. Errors: `invalid` times, `not_found` schedule or override, `rate_limited` beyond the cap. */
export function decideOnCall(
  doc: OnCallDocument,
  command: OnCallCommand,
  facts: { readonly at: number; readonly id: string; readonly policy: Policy },
): Decision<OnCallDocument> {
  const { at, id, policy } = facts
  const standing = doc.overrides.filter(({ until }) => until > at)
  const { by } = command
  if (command.type === 'oncall.cancel') {
    const override = standing.find((one) => one.id === command.id)
    if (!override)
      return { answer: refused('not_found', 'There is no override with that id; it may be over.') }
    const overrides = standing.filter((one) => one !== override)
    return change({ schema: 1, overrides }, override, 'oncall.cancelled', by)
  }
  const { schedule, person, from, until } = command
  if (!Object.hasOwn(policy.schedules, schedule))
    return { answer: refused('not_found', `Policy has no schedule "${schedule}".`) }
  if (from >= until || until <= at)
    return {
      answer: refused('invalid', 'It must end after it begins, and later than now.', { path: '/until' }),
    }
  if (standing.length >= MAX_OVERRIDES)
    return { answer: refused('rate_limited', `There are ${standing.length} overrides; cancel some first.`) }
  const override: NamedOverride = { id, schedule, person, from, until, by: by.id, at }
  return change({ schema: 1, overrides: [...standing, override] }, override, 'oncall.overridden', by)
}

function change(
  doc: OnCallDocument,
  override: NamedOverride,
  type: string,
  by: Person,
): Decision<OnCallDocument> {
  return {
    answer: ok({ override: overrideView(override) }),
    effects: {
      doc,
      events: [{ type, by: by.id, data: { override: overrideView(override) } }],
      deadlines: { set: [], clear: [] },
      records: [],
      blobs: [],
      closeHolders: [],
    },
  }
}

export const overrideView = ({ from, until, at, ...rest }: NamedOverride): OverrideView => ({
  ...rest,
  from: iso(from),
  until: iso(until),
  at: iso(at),
})
