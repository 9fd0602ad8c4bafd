/** Checks an archive (HOLDPOINT_ARCHIVE) with nothing but its folder (PR7): each feed, segment by segment. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ChainBreak, ChainPosition, StoredEvent, verifyChain } from '@holdpoint/server'
import { UsageError } from '../exit-codes.ts'
import { whyUnread } from '../unread.ts'
import { FACT, isAsWritten } from './as-written.ts'

export interface CheckedFeed {
  readonly partition: string
  /** Numbers of its events. */
  readonly first: number
  readonly last: number
  /** Hex sha256 of the last one: to be compared with what was noted elsewhere. */
  readonly hash: string
  readonly broken?: ChainBreak | undefined
}

/** Named for the first and the last event in them, so that their names are in the log's order. */
const SEGMENT = /^(\d{15})-(\d{15})\.jsonl\.gz$/

/** Errors: UsageError where the folder is no archive, or can not be read. */
export async function checkArchive(
  folder: string,
  chained: typeof verifyChain,
): Promise<readonly CheckedFeed[]> {
  const checked: CheckedFeed[] = []
  for (const name of (await namesIn(folder)).toSorted()) {
    const path = join(folder, name)
    const segments = (await namesIn(path).catch(() => [])).filter((one) => SEGMENT.test(one)).toSorted()
    if (segments.length > 0)
      checked.push(
        await checkFeed(
          decodeURIComponent(name),
          segments.map((one) => join(path, one)),
          chained,
        ),
      )
  }
  if (checked.length === 0) throw new UsageError(`${folder} is no archive: there are no segments in it.`)
  return checked
}

async function checkFeed(
  partition: string,
  segments: readonly string[],
  chained: typeof verifyChain,
): Promise<CheckedFeed> {
  let first: number | undefined
  let at: ChainPosition = { seq: 0, hash: '' }
  const found = (broken?: ChainBreak): CheckedFeed => ({
    partition,
    first: first ?? 1,
    last: at.seq,
    hash: at.hash,
    ...(broken && { broken }),
  })
  for (const segment of segments) {
    const [, from, to] = SEGMENT.exec(basename(segment)) ?? []
    let isFirst = true
    try {
      const lines = String(await promisify(gunzip)(await readFile(segment))).trimEnd()
      for (const text of lines.split('\n')) {
        const event = JSON.parse(text) as StoredEvent
        if (isFirst && event.seq !== Number(from))
          return found({
            seq: Number(from),
            reason: `${segment} lacks event ${Number(from)}, which it is named for.`,
          })
        isFirst = false
        // An archive that was begun later: nothing in it says what its first event followed on.
        const isAnchor = first === undefined && event.seq > 1
        first ??= event.seq
        const broken = isAnchor ? undefined : chained([{ ...event, partition }], at)
        if (broken) return found(broken)
        if (!isOfFeed(event, partition) || !isAsWritten(text, event, ARCHIVED))
          return found({ seq: event.seq, reason: `Event ${event.seq} is not as it was written.` })
        at = { seq: event.seq, hash: event.hash }
      }
      // nothing follows on the last segment, so that only its name tells of lines that were cut off
      if (at.seq !== Number(to))
        return found({
          seq: at.seq + 1,
          reason: `${segment} ends with event ${at.seq}, and is named for all up to ${Number(to)}.`,
        })
    } catch {
      return found({ seq: at.seq + 1, reason: `${segment} can not be read from event ${at.seq + 1} on.` })
    }
  }
  return found()
}

const ARCHIVED = { ...FACT, tenant: true, partition: true } as const

const isOfFeed = (event: StoredEvent, partition: string): boolean =>
  Object.hasOwn(event, 'data') &&
  event.partition === partition &&
  event.tenant === partition.slice(0, partition.lastIndexOf('/'))

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    throw new UsageError(`${folder} can not be read: ${whyUnread(error)}.`)
  })
