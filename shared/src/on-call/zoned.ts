import { Temporal } from 'temporal-polyfill'

export type LocalDate = Temporal.PlainDate

/** The date on the wall in that zone. */
export const localDate = (at: number, timeZone: string): LocalDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()

export const parseDate = (text: string): LocalDate => Temporal.PlainDate.from(text)

export const daysBetween = (from: LocalDate, to: LocalDate): number => from.until(to).days

/** When the wall clock there shows that date and time (`09:00`); see `Rotation.handOver` for clock changes. Ms. */
export const instantOf = (date: LocalDate, time: string, timeZone: string): number =>
  date.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds
