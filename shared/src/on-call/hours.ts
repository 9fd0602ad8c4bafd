import { type Hours, weekdays } from './schedule.ts'
import { between, type Span } from './span.ts'
import { instantOf, type LocalDate, localDate } from './zoned.ts'

/** Days to look at on either side: a week and one, so that hours of a single weekday are found. */
const REACH = 8

/** Whether `at` lies within these hours, and how long that stays so. */
export function hoursAt(hours: Hours, timeZone: string, at: number): Span & { readonly within: boolean } {
  const today = localDate(at, timeZone)
  const open: Span[] = []
  for (let day = -REACH; day <= REACH; day++) {
    const date = today.add({ days: day })
    if (begins(hours, date)) open.push(openOn(hours, date, timeZone))
  }
  const within = open.some(({ from, until }) => from <= at && at < until)
  return {
    within,
    ...between(
      open.flatMap(({ from, until }) => [from, until]),
      at,
    ),
  }
}

const begins = ({ weekdays: days }: Hours, date: LocalDate): boolean =>
  days === undefined || days.includes(weekdays[date.dayOfWeek - 1] as (typeof weekdays)[number])

function openOn({ from, to }: Hours, date: LocalDate, timeZone: string): Span {
  const end = to > from ? date : date.add({ days: 1 })
  return { from: instantOf(date, from, timeZone), until: instantOf(end, to, timeZone) }
}
