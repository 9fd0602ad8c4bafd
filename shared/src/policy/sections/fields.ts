import { z } from 'zod'
import { personRoles } from '../../roles.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../time.ts'
import { actionClasses } from '../words.ts'

/** Values all the way down that nobody may write to: a policy is shared by every decision that rests on it. */
export type Frozen<T> = T extends (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T

const units: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/
const longest = 366 * DAY

/** Whole milliseconds, or a number with its unit: `500ms`, `30s`, `15m`, `24h`, `7d`. At most a leap year. */
const duration = (least: number) =>
  z
    .union([z.int().min(0), z.string().regex(DURATION, 'must be ms, or a duration like 30s, 15m, 24h, 7d')])
    .transform((given) => {
      if (typeof given === 'number') return given
      const [, count, unit = 'ms'] = DURATION.exec(given) ?? []
      return Number(count) * (units[unit] ?? 1)
    })
    .pipe(z.int().min(least).max(longest))

export const durationMs = duration(1)
export const durationOrZeroMs = duration(0)
export const score = z.number().min(0).max(1)
export const count = (most: number, least = 0) => z.int().min(least).max(most)
export const role = z.enum(personRoles)
/** How a policy names its own parts: rules, escalation policies, schedules. */
export const partName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a name of letters, digits, ".", "_" and "-"')
export const actionName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/, 'must be an action name')
export const classes = z.array(z.enum([...actionClasses, '*'])).max(actionClasses.length + 1)
/** PO4: how much of each resource. */
export const amounts = z.strictObject({ apiCalls: count(1_000_000), files: count(1_000_000) })
