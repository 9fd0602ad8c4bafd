/**
 * A log as a file of JSON lines, which can be checked without the server that it is from (PR7):
 *
 *   {"holdpoint":"log","version":1,"log":…,"after":{"seq":…,"hash":…},"at":…}    first: where it begins
 *   {"seq":…,"at":…,"type":…,"data":{…},"hash":…, …}                             a fact, in the order of the log
 *   {"digest":"sha256:…","text":…}                                               bytes that facts below it name
 *   {"end":{"seq":…,"hash":…}}                                                   last: a file without it was cut short
 */
import type { LoggedEvent, LogPlace, StoredText } from '@holdpoint/shared'

export interface FirstLine {
  readonly holdpoint: 'log'
  readonly version: 1
  readonly log: string
  readonly after: LogPlace
  /** When it was exported, ISO 8601. */
  readonly at: string
}

export interface LastLine {
  readonly end: LogPlace
}

export type Line = FirstLine | LoggedEvent | StoredText | LastLine

export const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`
