/** Batches that are durable and not in their tables yet (settle.ts). What a process that died left is taken up at the next start. */

import { dataDigestOf } from '../hash-chain.ts'
import { StoreUnusable } from '../store.ts'
import { type Draft, draftChange, type EncodedChange, type Tables } from './apply-change.ts'
import type { Faults } from './faults.ts'
import type { Db } from './sqlite.ts'

/** The changes that a batch took, and the time that it went by (ST10). */
export interface Entry {
  readonly now: number
  readonly changes: readonly EncodedChange[]
}

/** A change without its texts, and how long they are: the document, each event's data, each record's, the answer, the blobs. */
type Header = Omit<EncodedChange['change'], 'doc'> & { readonly lengths: readonly number[] }

export function journalTable(db: Db) {
  const insert = db.prepare('INSERT INTO journal (entry) VALUES (?)')
  const all = db.prepare<unknown[], string>('SELECT entry FROM journal ORDER BY id').pluck()
  const clear = db.prepare('DELETE FROM journal')
  return {
    add: (entry: Entry): void => void insert.run(encodeEntry(entry)),
    read: (): Entry[] => all.all().map(decodeEntry),
    clear: (): void => void clear.run(),
  }
}

/** Drafts what an entry says once more: what it was decided on stands exactly as it did. */
export function redraft(
  tables: Tables,
  draft: Draft,
  { changes }: Entry,
  partitionOf: (tenant: string) => string,
  faults: Faults,
): void {
  for (const one of changes) {
    const { ref, expectedVersion } = one.change
    const { version } = draftChange(tables, draft, one, partitionOf(ref.tenant), faults)
    if (version !== expectedVersion + 1 && !faults.ignoreVersion)
      throw new StoreUnusable(
        `The journal goes on from version ${expectedVersion} of ${ref.kind} ${ref.id}, and ${version - 1} is stored; restore a backup.`,
      )
  }
}

/** The texts stand as they are behind the headers: within JSON each quotation mark of theirs would be escaped. */
export function encodeEntry({ now, changes }: Entry): string {
  const texts: string[] = []
  const headers = changes.map(({ change, doc, events, records, answer }): Header => {
    const own = [doc, ...events.map(({ data }) => data), ...records, answer]
    for (const { text } of change.blobs ?? []) own.push(text)
    texts.push(...own)
    return {
      ...change,
      doc: undefined,
      events: change.events.map((event) => ({ ...event, data: {} })),
      records: change.records?.map((record) => ({ ...record, data: undefined })),
      blobs: change.blobs?.map(({ digest }) => ({ digest, text: '' })),
      remember: change.remember && { ...change.remember, answer: undefined },
      lengths: own.map(({ length }) => length),
    } as Header
  })
  return `${JSON.stringify({ now, headers })}\n${texts.join('')}`
}

export function decodeEntry(entry: string): Entry {
  const end = entry.indexOf('\n')
  const { now, headers } = JSON.parse(entry.slice(0, end)) as {
    readonly now: number
    readonly headers: readonly Header[]
  }
  let at = end + 1
  const changes = headers.map(({ lengths, ...header }): EncodedChange => {
    const texts = lengths.map((length) => {
      at += length
      return entry.slice(at - length, at)
    })
    const next = (): string => texts.shift() ?? ''
    const doc = next()
    const events = header.events.map((event) => {
      const data = next()
      return { event: { ...event, data: JSON.parse(data) }, data, dataDigest: dataDigestOf(data) }
    })
    const records = (header.records ?? []).map(next)
    const answer = next()
    const blobs = header.blobs?.map(({ digest }) => ({ digest, text: next() }))
    const change = {
      ...header,
      doc: JSON.parse(doc),
      events: events.map(({ event }) => event),
      ...(blobs && { blobs }),
    }
    return { change, doc, events, records, answer }
  })
  return { now, changes }
}
