/** A batch as text, as the journal holds it. */
import { type DocumentPatch, patched } from '../document-patch.ts'
import { dataDigestOf } from '../hash-chain.ts'
import { type Change, StoreUnusable } from '../store.ts'
import { type Draft, draftChange, type JournaledChange, type Tables } from './apply-change.ts'

/** The changes that a batch took, and the time that it went by (ST10). */
export interface Entry {
  readonly now: number
  readonly changes: readonly JournaledChange[]
}

/**
 * A change without its texts, and without what it was decided by: that stands. `lengths`: of the texts, which are the patch, each
 * event's data, each record's, the answer, and the blobs.
 */
type Header = Omit<Change, 'expectedWrite' | 'before' | 'doc' | 'restsOn' | 'notAfter' | 'blobs'> & {
  readonly blobs?: readonly { readonly digest: string }[] | undefined
  readonly lengths: readonly number[]
}

/** Drafts what an entry says once more: what it was decided on stands exactly as it did. */
export function redraft(
  tables: Tables,
  draft: Draft,
  { changes }: Entry,
  partitionOf: (tenant: string) => string,
): void {
  for (const taken of changes) {
    const { ref, expectedVersion } = taken.change
    const standing = tables.documents.read(ref, draft.documents)
    if (standing.version !== expectedVersion)
      throw new StoreUnusable(
        `The journal goes on from version ${expectedVersion} of ${ref.kind} ${ref.id}, and ${standing.version} is stored; restore a backup.`,
      )
    const doc = patched(standing.doc, JSON.parse(taken.patch) as DocumentPatch)
    draftChange(tables, draft, { ...taken, change: { ...taken.change, doc } }, partitionOf(ref.tenant))
  }
}

/**
 * Returns it in pieces, to stand one behind the other. The texts stand as they are behind the headers: within JSON each quotation mark of
 * theirs would be escaped.
 */
export function encodeEntry({ now, changes }: Entry): readonly string[] {
  const texts: string[] = []
  const headers = changes.map((one) => {
    const own = textsOf(one)
    for (const text of own) texts.push(text)
    return headerOf(one.change, own)
  })
  return [`${JSON.stringify({ now, headers })}\n`, ...texts]
}

function textsOf({ change, patch, events, records, answer }: JournaledChange): readonly string[] {
  const texts = [patch]
  for (const { data } of events) texts.push(data)
  texts.push(...records, answer)
  for (const { text } of change.blobs ?? []) texts.push(text)
  return texts
}

/** Field by field: what a change holds beside these, the document among it, must not be written once more. */
const headerOf = (
  { ref, expectedVersion, at, events, deadlines, records, blobs, remember, closeHolders }: Change,
  texts: readonly string[],
) => ({
  ref,
  expectedVersion,
  at,
  events: events.map(({ type, agent, by, push }) => ({ type, agent, by, push })),
  deadlines,
  records: records?.map(({ kind, id, agent, status, open, at }) => ({ kind, id, agent, status, open, at })),
  blobs: blobs?.map(({ digest }) => ({ digest })),
  remember: remember && {
    command: remember.command,
    fingerprint: remember.fingerprint,
    retain: remember.retain,
  },
  closeHolders,
  lengths: texts.map(({ length }) => length),
})

export function decodeEntry(entry: string): Entry {
  const end = entry.indexOf('\n')
  const { now, headers } = JSON.parse(entry.slice(0, end)) as {
    readonly now: number
    readonly headers: readonly Header[]
  }
  let at = end + 1
  const changes = headers.map(({ lengths, blobs: digests, ...header }): JournaledChange => {
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
    const blobs = digests?.map(({ digest }) => ({ digest, text: next() }))
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
