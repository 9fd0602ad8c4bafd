export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
export type Weekday = (typeof weekdays)[number]

/**
 * Who is on call, and when: rotations in one time zone. The first covers all time; each later one wins over those
 * before it wherever it applies, so that nights or weekends can have a rotation of their own.
 */
export interface Schedule {
  /** An IANA name: `Europe/Berlin`. */
  readonly timeZone: string
  /** At least one. */
  readonly rotations: readonly Rotation[]
}

/** Its participants take turns, one shift after the other, in this order, without end in either direction. */
export interface Rotation {
  readonly name: string
  /** Persons' ids, at least one. */
  readonly participants: readonly string[]
  /** How many days a shift lasts, by the calendar: a day with a daylight-saving change in it is one day. */
  readonly shiftDays: number
  /**
   * `time` is wall-clock time (`09:00`). A `weekday` needs shifts of whole weeks. A time that a clock change skips is
   * read with the offset from before it, one that it repeats is meant the first time (RFC 5545, 3.3.5).
   */
  readonly handOver: { readonly time: string; readonly weekday?: Weekday | undefined }
  /** The first participant's first shift begins at the first hand-over on or after this date (`2026-01-05`). */
  readonly startsOn: string
  /** Where it applies, if not always. The first rotation of a schedule applies always. */
  readonly during?: Hours | undefined
}

/** Wall-clock hours of some weekdays: until `to`, on the next day where that is not later than `from`. */
export interface Hours {
  /** The days on which they begin; every day where none are named. */
  readonly weekdays?: readonly Weekday[] | undefined
  readonly from: string
  readonly to: string
}

/** Somebody takes over from whoever it would be. Of two that overlap, the later one in the list wins. Times in ms. */
export interface Override {
  readonly id: string
  readonly person: string
  readonly from: number
  readonly until: number
}
