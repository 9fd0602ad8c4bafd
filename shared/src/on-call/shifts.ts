import type { Rotation } from './schedule.ts'
import { weekdays } from './schedule.ts'
import type { Span } from './span.ts'
import { daysBetween, instantOf, type LocalDate, localDate, parseDate } from './zoned.ts'

export interface Shift extends Span {
  readonly person: string
}

/** Whose turn it is in one rotation, by itself: exactly one shift holds each moment, before `startsOn` too. */
export function shiftAt(rotation: Rotation, timeZone: string, at: number): Shift {
  const { participants, shiftDays, handOver } = rotation
  const first = firstHandOver(rotation)
  const begin = (n: number): number => instantOf(first.add({ days: n * shiftDays }), handOver.time, timeZone)
  let n = Math.floor(daysBetween(first, localDate(at, timeZone)) / shiftDays)
  // today's may be still to come; and a date that a zone skipped begins on the next, where its shift is empty
  while (begin(n) > at) n -= 1
  const turn = ((n % participants.length) + participants.length) % participants.length
  return { person: participants[turn] as string, from: begin(n), until: begin(n + 1) }
}

function firstHandOver({ startsOn, handOver: { weekday } }: Rotation): LocalDate {
  const date = parseDate(startsOn)
  if (weekday === undefined) return date
  const ahead = weekdays.indexOf(weekday) + 1 - date.dayOfWeek
  return date.add({ days: (ahead + 7) % 7 })
}
