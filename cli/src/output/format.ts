import { DAY, HOUR, MINUTE, SECOND } from '@holdpoint/shared'

/** How many of an id's last characters are shown and accepted: UUIDv7 ids made together begin alike. */
const SHORT_ID = 8

export const shortId = (id: string): string => id.slice(-SHORT_ID)

/** `59s`, `4m 12s`, `3h 05m`, `6d 2h`; what is past is `0s`. Unit: ms. */
export function duration(ms: number): string {
  const left = Math.max(0, ms)
  const pad = (n: number) => String(n).padStart(2, '0')
  if (left < MINUTE) return `${Math.floor(left / SECOND)}s`
  if (left < HOUR) return `${Math.floor(left / MINUTE)}m ${pad(Math.floor((left % MINUTE) / SECOND))}s`
  if (left < DAY) return `${Math.floor(left / HOUR)}h ${pad(Math.floor((left % HOUR) / MINUTE))}m`
  return `${Math.floor(left / DAY)}d ${Math.floor((left % DAY) / HOUR)}h`
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** Reads `90s`, `8h`, `1.5d` as whole ms; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const factor = UNITS[unit]
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}

/** The local time of an ISO 8601 time; with the date where it is not `today`'s. */
export function localTime(timestamp: string, today: Date): string {
  const at = new Date(timestamp)
  const pad = (n: number) => String(n).padStart(2, '0')
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
  if (at.toDateString() === today.toDateString()) return time
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`
}
