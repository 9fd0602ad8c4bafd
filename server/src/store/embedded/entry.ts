/** A batch as text, as the journal holds it. */
import { type DocumentPatch, patched } from '../document-patch.ts'
import { dataDigestOf } from '../hash-chain.ts'
import { StoreUnusable } from '../store.ts'
import {
  type Draft,
  draftChange,
  type EncodedChange,
  type JournaledChange,
  type Tables,
} from './apply-change.ts'

/** The changes that a batch took, and the time that it went by (ST10). */
export interface Entry {
  readonly now: number
  readonly changes: readonly JournaledChange[]
}

/** A change without its texts, and how long they are: the patch, each event's data, each record's, the answer, the blobs. */
type Header = Omit<EncodedChange['change'], 'doc'> & { readonly lengths: readonly number[] }

/** Drafts what an entry says once more: what it was decided on stands exactly as it did. */
export function redraft(
  tables: Tables,
  draft: Draft,
  { changes }: Entry,
  partitionOf: (tenant: string) => string,
): void {
  for (const { patch, ...encoded } of changes) {
    const { ref, expectedVersion } = encoded.change
    const standing = tables.documents.read(ref, draft.documents)
    if (standing.version !== expectedVersion)
      throw new StoreUnusable(
        `The journal goes on from version ${expectedVersion} of ${ref.kind} ${ref.id}, and ${standing.version} is stored; restore a backup.`,
      )
    const doc = patched(standing.doc, JSON.parse(patch) as DocumentPatch)
    draftChange(tables, draft, { ...encoded, change: { ...encoded.change, doc } }, partitionOf(ref.tenant))
  }
}

/** The texts stand as they are behind the headers: within JSON each quotation mark of theirs would be escaped. */
export function encodeEntry({ now, changes }: Entry): string {
  const texts: string[] = []
  const headers = changes.map(({ change, patch, events, records, answer }): Header => {
    const own = [patch, ...events.map(({ data }) => data), ...records, answer]
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
  const changes = headers.map(({ lengths, ...header }): JournaledChange => {
    const texts = lengths.map((length) => {
      at += length
      return entry.slice(at - length, at)
    })
    const next = (): string => texts.shift() ?? ''
    const patch = next()
    const events = header.events.map((event) => {
      const data = next()
      return { event: { ...event, data: JSON.parse(data) }, data, dataDigest: dataDigestOf(data) }
    })
    const records = (header.records ?? []).map(next)
    const answer = next()
    const blobs = header.blobs?.map(({ digest }) => ({ digest, text: next() }))
    const change = {
      ...header,
      doc: undefined,
      events: events.map(({ event }) => event),
      ...(blobs && { blobs }),
    }
    return { change, patch, events, records, answer }
  })
  return { now, changes }
}
