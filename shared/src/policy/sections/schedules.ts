import { z } from 'zod'
import { NAME_PATTERN } from '../../ids.ts'
import { weekdays } from '../../on-call/schedule.ts'
import { count, partName } from './fields.ts'

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 09:00')
const date = z.iso.date('must be a date like 2026-01-05')
const person = z.string().regex(NAME_PATTERN, "must be a person's id")

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const hours = z.strictObject({
  weekdays: z
    .array(z.enum(weekdays))
    .min(1)
    .max(7)
    .optional()
    .describe('On which days they begin; every day where none are named.'),
  from: time.describe('Wall-clock time, like "22:00".'),
  to: time.describe('Until then, on the next day where that is not later than `from`.'),
})

const rotation = z
  .strictObject({
    name: partName,
    participants: z.array(person).min(1).max(100).describe('Who takes turns, in this order: persons’ ids.'),
    shiftDays: count(366, 1).describe('How many days one shift lasts.'),
    handOver: z
      .strictObject({ time, weekday: z.enum(weekdays).optional() })
      .describe('When shifts change, on the wall clock of the time zone.'),
    startsOn: date.describe('The first shift begins at the first hand-over on or after this date.'),
    during: hours.optional().describe('Where it applies, if not always.'),
  })
  .refine(({ shiftDays, handOver }) => handOver.weekday === undefined || shiftDays % 7 === 0, {
    path: ['shiftDays'],
    message: 'must be whole weeks where the hand-over names a weekday',
  })

/** ES2: on-call schedules by name. */
export const schedules = z.record(
  partName,
  z.strictObject({
    timeZone: z
      .string()
      .max(64)
      .refine((name) => /^[A-Za-z]/.test(name) && isTimeZone(name), 'must be a time zone like Europe/Berlin'),
    rotations: z
      .array(rotation)
      .min(1)
      .max(10)
      .refine(([first]) => first?.during === undefined, {
        path: [0, 'during'],
        message: 'the first rotation applies always, so that somebody is on call at any time',
      })
      .describe('The first applies always; each later one wins within its hours.'),
  }),
)
