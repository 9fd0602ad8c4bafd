import { DAY, HOUR, MINUTE, SECOND } from '@holdpoint/shared'

const pad = (n: number) => String(n).padStart(2, '0')

/** `59s`, `4m 12s`, `3h 05m`, `6d 2h`; what is past is `0s`. Unit: ms. */
export function duration(ms: number): string {
  const left = Math.max(0, ms)
  if (left < MINUTE) return `${Math.floor(left / SECOND)}s`
  if (left < HOUR) return `${Math.floor(left / MINUTE)}m ${pad(Math.floor((left % MINUTE) / SECOND))}s`
  if (left < DAY) return `${Math.floor(left / HOUR)}h ${pad(Math.floor((left % HOUR) / MINUTE))}m`
  return `${Math.floor(left / DAY)}d ${Math.floor((left % DAY) / HOUR)}h`
}

/** The local time of an ISO 8601 time or of ms; with the date where it is not today's. */
export function clockTime(time: string | number, today = new Date()): string {
  const at = new Date(time)
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
  return at.toDateString() === today.toDateString() ? clock : `${day(at)} ${clock}`
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** `18:00` today, `Mon 08:00` within a week, else with the date: for what is planned, to the minute. */
export function plannedTime(time: string | number, now = new Date()): string {
  const at = new Date(time)
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`
  if (at.toDateString() === now.toDateString()) return clock
  const isNear = Math.abs(at.getTime() - now.getTime()) < 6 * DAY
  return `${isNear ? (WEEKDAYS[at.getDay()] ?? '') : day(at)} ${clock}`
}

const day = (at: Date): string => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`

/** UUIDv7 ids made together begin alike: the last characters tell them apart. */
export const shortId = (id: string): string => id.slice(-8)
