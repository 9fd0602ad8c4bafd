/** Checks a file that `holdpoint export` wrote, with nothing but the file (PR7). */
import { open } from 'node:fs/promises'
import type { ChainedEvent, ChainPosition, verifyChain } from '@holdpoint/server'
import { digestOf, type LoggedEvent, namedTexts } from '@holdpoint/shared'
import { CommandFailure, UsageError } from '../exit-codes.ts'
import { whyUnread } from '../unread.ts'
import { FACT, isAsWritten } from './as-written.ts'
import type { FirstLine, Line } from './lines.ts'

export interface CheckedFile {
  readonly log: string
  /** Numbers of its facts; `last` is less than `first` where there is none. */
  readonly first: number
  readonly last: number
  /** Of the last fact: to be compared with what was noted elsewhere. */
  readonly hash: string
  /** Of the fact before the first, empty at the log's beginning. */
  readonly afterHash: string
  /** How many texts were there, each the one that its digest names. */
  readonly texts: number
  /** How many its events name: an export has all of them, or none (`--no-texts`). */
  readonly named: number
  /** A sentence: the first thing that is not as it was written. */
  readonly broken?: string | undefined
}

const PLACE = ['seq', 'hash']
const FIRST = { holdpoint: true, version: true, log: true, after: PLACE, at: true } as const
const TEXT = { digest: true, text: true } as const
const LAST = { end: PLACE } as const

/** Errors: UsageError where the file can not be read; CommandFailure where it is no export. */
export async function checkFile(path: string, chained: typeof verifyChain): Promise<CheckedFile> {
  const unread = (error: unknown): never => {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    throw new UsageError(`${path} can not be read: ${whyUnread(error)}.`)
  }
  const file = await open(path).catch(unread)
  let first: FirstLine | undefined
  let place: ChainPosition = { seq: 0, hash: '' }
  const given = new Set<string>()
  /** By digest, the first event that names it. */
  const named = new Map<string, Pick<LoggedEvent, 'seq' | 'type'>>()
  let ended = false
  const found = (broken?: string): CheckedFile => {
    if (!first) throw noExport(path)
    const { log, after } = first
    return {
      log,
      first: after.seq + 1,
      last: place.seq,
      hash: place.hash,
      afterHash: after.hash,
      texts: given.size,
      named: named.size,
      broken,
    }
  }
  let number = 0
  try {
    for await (const text of file.readLines()) {
      number += 1
      const line = parse(text)
      if (number === 1) {
        if (!isFirst(line)) throw noExport(path)
        if (line.version !== 1)
          throw new CommandFailure(
            `${path} is of a newer version: check it with the Holdpoint that wrote it.`,
          )
        first = line
        place = line.after
        if (!isAsWritten(text, line, FIRST)) return found('Line 1 is not as it was written.')
      } else if (ended || line === undefined || !first)
        return found(`Line ${number} is not one that was written.`)
      else if ('end' in line) {
        if (line.end.seq !== place.seq || line.end.hash !== place.hash)
          return found(`The file ends at event ${place.seq}, and says that it ends at ${line.end.seq}.`)
        if (!isAsWritten(text, line, LAST)) return found(`Line ${number} is not as it was written.`)
        ended = true
      } else if ('digest' in line) {
        if (typeof line.text !== 'string' || digestOf(line.text) !== line.digest)
          return found(`The text in line ${number} is not the one of ${line.digest}.`)
        if (!isAsWritten(text, line, TEXT)) return found(`Line ${number} is not as it was written.`)
        given.add(line.digest)
      } else if ('seq' in line) {
        const broken = breakAt(line, first.log, place, chained) ?? oddAt(text, line)
        if (broken !== undefined) return found(broken)
        place = { seq: line.seq, hash: line.hash }
        for (const digest of namedTexts(line.data)) if (!named.has(digest)) named.set(digest, line)
      } else return found(`Line ${number} is not one that was written.`)
    }
  } catch (error) {
    unread(error)
  } finally {
    await file.close()
  }
  if (!ended) return found(`The file is cut short after event ${place.seq}.`)
  const isMissing = ([digest, by]: [string, Pick<LoggedEvent, 'type'>]) =>
    !given.has(digest) && !isAboutPolicy(by)
  const [digest, by] = (given.size > 0 && [...named].find(isMissing)) || []
  return found(by && `The text of ${digest}, which event ${by.seq} names, is missing, and others are there.`)
}

/** At first the log named policies by their digest alone, and kept no text of them. */
const isAboutPolicy = ({ type }: Pick<LoggedEvent, 'type'>): boolean => type.startsWith('policy.')

/** Whoever wrote the file may have written anything where a fact should be. */
function breakAt(
  line: LoggedEvent,
  partition: string,
  place: ChainPosition,
  chained: typeof verifyChain,
): string | undefined {
  try {
    return chained([{ ...line, partition, at: Date.parse(line.at) } as ChainedEvent], place)?.reason
  } catch {
    return `Event ${place.seq + 1} is not the one that was written.`
  }
}

function oddAt(text: string, line: LoggedEvent): string | undefined {
  const isExact =
    Object.hasOwn(line, 'data') &&
    new Date(line.at).toISOString() === line.at &&
    isAsWritten(text, line, FACT)
  return isExact ? undefined : `Event ${line.seq} is not as it was written.`
}

function isFirst(line: Line | undefined): line is FirstLine {
  if (line === undefined || !('holdpoint' in line) || typeof line.log !== 'string') return false
  const { seq, hash } = (line.after ?? {}) as Partial<ChainPosition>
  return Number.isInteger(seq) && typeof hash === 'string'
}

function parse(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null ? (line as Line) : undefined
  } catch {
    return undefined
  }
}

const noExport = (path: string): CommandFailure =>
  new CommandFailure(
    `${path} is no file that "holdpoint export" wrote as JSON lines; a CSV can not be checked.`,
  )
