import type { OnCallView } from '@holdpoint/shared'

export interface NowAndNext {
  /** Undefined: nobody is on call. */
  readonly person?: string | undefined
  readonly until?: string | undefined
  readonly next?: { readonly person: string; readonly from: string } | undefined
}

/** Who is on call at the view's time, until when without a break, and who comes then. */
export function nextOf({ at, shifts }: OnCallView): NowAndNext {
  const time = Date.parse(at)
  const first = shifts.findIndex(({ from, until }) => Date.parse(from) <= time && Date.parse(until) > time)
  const rest = shifts.slice(first + 1)
  const current = shifts[first]
  if (!current) {
    const [next] = shifts.filter(({ from }) => Date.parse(from) > time)
    return { next: next && { person: next.person, from: next.from } }
  }
  let { until } = current
  for (const shift of rest) {
    if (shift.person !== current.person || shift.from !== until)
      return { person: current.person, until, next: { person: shift.person, from: shift.from } }
    until = shift.until
  }
  return { person: current.person, until }
}
