import {
  DAY,
  iso,
  newId,
  type OnCallView,
  type OperatorRequest,
  ok,
  onCallBetween,
  type Policy,
  type Result,
  refused,
} from '@holdpoint/shared'
import type { Clock } from '../clock.ts'
import type { Person } from '../domain/commands.ts'
import { decideOnCall, type OnCallCommand, type OnCallDocument, overrideView } from '../domain/on-call.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Answered, answeredInTime, type CommandLog } from './in-time.ts'
import { notOnRecord } from './on-record.ts'
import type { People } from './people.ts'
import type { TenantDocument } from './tenant-document.ts'

type Changing =
  | { readonly name: 'oncall.override'; readonly payload: OperatorRequest<'oncall.override'> }
  | { readonly name: 'oncall.cancel'; readonly payload: OperatorRequest<'oncall.cancel'> }

/** ES2: who is on call, and who takes over from whom. */
export interface OnCallDesk {
  /** Errors: `not_found` schedule, `invalid` span. Throws what the store throws. */
  show(tenant: string, query: OperatorRequest<'oncall.get'>): Promise<Result<readonly OnCallView[]>>
  /** Nothing here throws: what broke is an answer too (PR2). */
  submit(tenant: string, by: Person, request: Changing): Promise<Answered>
}

const LONGEST_MS = 92 * DAY

export function createOnCall(ports: {
  readonly clock: Clock
  /** The store's clock, ms. */
  readonly now: () => number
  readonly documents: TenantDocument<OnCallDocument>
  readonly policyOf: (tenant: string) => Promise<Policy>
  readonly people: Pick<People, 'get'>
  readonly log: CommandLog
}): OnCallDesk {
  const { now, documents, policyOf, people } = ports

  const change = async (tenant: string, by: Person, request: Changing): Promise<Answered> => {
    const policy = await policyOf(tenant)
    const id = newId()
    const { name, payload } = request
    const missing =
      name === 'oncall.override' && (await notOnRecord(people, tenant, payload.person, '/person'))
    const { answer, events, earlier } = await documents.submit(tenant, {
      // AP7: only here, after the look for an earlier answer under the key
      decide: (doc, at) =>
        missing ? { answer: missing } : decideOnCall(doc, commandOf(request, by), { at, id, policy }),
      remember: {
        id: { principal: `person ${by.id}`, key: request.payload.key },
        fingerprint: fingerprintOf(request.name, request.payload),
      },
    })
    return { answer, events, replayed: earlier !== undefined }
  }

  return {
    async show(tenant, { schedule, at, until }) {
      const from = at === undefined ? now() : Date.parse(at)
      const to = until === undefined ? from + 1 : Date.parse(until)
      if (to <= from || to - from > LONGEST_MS)
        return refused('invalid', 'It must end after it begins, and within 92 days.', { path: '/until' })
      const { schedules } = await policyOf(tenant)
      if (schedule !== undefined && !Object.hasOwn(schedules, schedule))
        return refused('not_found', `Policy has no schedule "${schedule}".`)
      const { overrides } = await documents.current(tenant)
      const shown = Object.entries(schedules).filter(([name]) => schedule === undefined || name === schedule)
      return ok(
        shown.map(([name, one]) => {
          const own = overrides.filter((override) => override.schedule === name)
          const shifts = onCallBetween(one, own, { from, until: to })
          return {
            schedule: name,
            timeZone: one.timeZone,
            at: iso(from),
            shifts: shifts.map((shift) => ({ ...shift, from: iso(shift.from), until: iso(shift.until) })),
            overrides: own.map(overrideView),
          }
        }),
      )
    },
    submit: (tenant, by, request) => answeredInTime(ports, () => change(tenant, by, request)),
  }
}

function commandOf({ name, payload }: Changing, by: Person): OnCallCommand {
  if (name === 'oncall.cancel') return { type: name, id: payload.id, by }
  const { schedule, person, from, until } = payload
  return { type: name, schedule, person, from: Date.parse(from), until: Date.parse(until), by }
}
