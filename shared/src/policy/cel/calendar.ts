import type { Meter } from './meter.ts'
import { NoValue } from './values.ts'

/** Making a formatter for a zone looks its rules up. */
const ZONE_STEPS = 5_000
const MAX_ZONE = 64

/** What CEL reads off a timestamp, as the wall clock of a zone shows it; UTC where none is named. */
export const timestampParts: Readonly<Record<string, (shown: Date) => number>> = {
  getFullYear: (at) => at.getUTCFullYear(),
  getMonth: (at) => at.getUTCMonth(),
  getDate: (at) => at.getUTCDate(),
  getDayOfMonth: (at) => at.getUTCDate() - 1,
  getDayOfWeek: (at) => at.getUTCDay(),
  getDayOfYear: (at) =>
    Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / (24 * 60 * 60 * 1_000)),
  getHours: (at) => at.getUTCHours(),
  getMinutes: (at) => at.getUTCMinutes(),
  getSeconds: (at) => at.getUTCSeconds(),
  getMilliseconds: (at) => at.getUTCMilliseconds(),
}

/** The wall clock of a zone at that time, in the UTC fields of a Date. Throws NoValue for no zone, OutOfSteps. */
export function wallClock(at: Date, zone: string, meter: Meter): Date {
  meter.charge(ZONE_STEPS)
  if (zone.length > MAX_ZONE) throw new NoValue('there is no such time zone')
  const parts = new Map(
    formatter(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  return new Date(
    Date.UTC(
      field('year'),
      field('month') - 1,
      field('day'),
      field('hour'),
      field('minute'),
      field('second'),
      at.getUTCMilliseconds(),
    ),
  )
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw new NoValue(`there is no time zone "${timeZone}"`)
  }
}
