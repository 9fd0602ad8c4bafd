import { hoursAt } from './hours.ts'
import type { Override, Rotation, Schedule } from './schedule.ts'
import { shiftAt } from './shifts.ts'
import { between, intersection, type Span } from './span.ts'

/** Who is on call, and for how long that is certain to stay so. */
export interface OnCall extends Span {
  readonly person: string
  /** What says so: an override's id, or a rotation's name. */
  readonly through: { readonly override: string } | { readonly rotation: string }
}

/** ES2: the one answer to "who is on call at T". Pure; ms since the epoch. */
export function onCallAt(schedule: Schedule, overrides: readonly Override[], at: number): OnCall {
  const steady = between(
    overrides.flatMap(({ from, until }) => [from, until]),
    at,
  )
  const override = overrides.findLast(({ from, until }) => from <= at && at < until)
  const { rotation, ...span } = rotationAt(schedule, at)
  const shift = shiftAt(rotation, schedule.timeZone, at)
  const { from, until } = intersection(steady, intersection(span, shift))
  return override
    ? { person: override.person, from, until, through: { override: override.id } }
    : { person: shift.person, from, until, through: { rotation: rotation.name } }
}

/** The last rotation that applies, and the stretch in which none of those above it begins or ends to. */
function rotationAt({ rotations, timeZone }: Schedule, at: number): Span & { readonly rotation: Rotation } {
  let span: Span = { from: -Infinity, until: Infinity }
  for (const rotation of rotations.toReversed()) {
    if (!rotation.during) return { rotation, ...span }
    const hours = hoursAt(rotation.during, timeZone, at)
    span = intersection(span, hours)
    if (hours.within) return { rotation, ...span }
  }
  // the schema lets no first rotation have hours; somebody must be on call all the same
  return { rotation: rotations[0] as Rotation, ...span }
}

/** Everybody who is on call in [from, to), in order; what follows for the same reason is one. */
export function onCallBetween(
  schedule: Schedule,
  overrides: readonly Override[],
  { from, until }: Span,
): readonly OnCall[] {
  const all: OnCall[] = []
  for (let at = from; at < until; ) {
    const next = onCallAt(schedule, overrides, at)
    if (next.until <= at) throw new Error(`the schedule stands still at ${at}`)
    const last = all.at(-1)
    if (last && isSame(last, next)) all[all.length - 1] = { ...last, until: next.until }
    else all.push(next)
    at = next.until
  }
  return all
}

const isSame = (a: OnCall, b: OnCall): boolean =>
  a.person === b.person && JSON.stringify(a.through) === JSON.stringify(b.through)
