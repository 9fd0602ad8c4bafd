import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { newId } from '@holdpoint/shared'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { parseDuration } from '../output/format.ts'
import { whyUnread } from '../unread.ts'

/** For every command that changes something (PR2). */
export const keyOption = () =>
  new Option('--key <key>', 'idempotency key: the same key again is the same command, done once')

export interface Keyed {
  readonly key?: string
}

export const keyed = ({ key }: Keyed): { key?: string } => (key === undefined ? {} : { key })

/** The key that was given, or a fresh one that can be named to whoever must ask again. */
export const namedKey = ({ key = newId() }: Keyed): string => key

/** For commander: a whole number from 1 to `most`. */
export const wholeNumber = (most: number) => (text: string) => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`)
  return number
}

/** What is not one is read as some day by `Date.parse`: `3` as one of March 2001. */
const A_TIME = /^\d{4}-\d\d-\d\d(?:T|$)/

/** Reads `2h` (ago) or an ISO 8601 time as the latter. `now`: ms. Errors: UsageError. */
export function readSince(text: string, now: number): string {
  const typed = text.trim()
  const ago = parseDuration(typed)
  const at = new Date(ago !== undefined ? now - ago : A_TIME.test(typed) ? typed : Number.NaN)
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw new UsageError(
    /^\d+(?:\.\d+)?$/.test(typed)
      ? `"${text}" has no unit; write ${typed}m, ${typed}h or ${typed}d for how long ago, or a time like 2026-01-31T12:00:00Z.`
      : `"${text}" is not a time; write 2026-01-31T12:00:00Z or 2h.`,
  )
}

/** JSON given on the command line, as `@file`, or as `@-` for standard input. Errors: UsageError. */
export async function readJson(io: Io, name: string, given: string): Promise<unknown> {
  const text = given.startsWith('@') ? await readSource(io, given.slice(1)) : given
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${(error as Error).message}.`)
  }
}

async function readSource(io: Io, path: string): Promise<string> {
  if (path === '-') return readAll(io.stdin)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} can not be read: ${whyUnread(error)}.`)
  }
}

/** Puts examples under a command's help, so that it teaches by what can be pasted. */
export const withExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples\n${examples.map((line) => `  $ holdpoint ${line}`).join('\n')}`)
