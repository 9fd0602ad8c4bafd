/** One change in a batch: refused and nothing is drafted, or drafted whole. */
import { ChangeTexts } from '../change-texts.ts'
import { patchText } from '../document-patch.ts'
import type { Change, CommitResult, Head, RestsOn, StoredEvent } from '../store.ts'
import { type AnswersDraft, answersDraft, type answersTable } from './answers.ts'
import type { BlobsDraft, blobsTable } from './blobs.ts'
import type { DeadlinesDraft, deadlinesTable } from './deadlines.ts'
import type { DocumentsDraft, documentsTable } from './documents.ts'
import { type EncodedEvent, encodeEvent, type Log, type LogDraft } from './log.ts'
import { type RecordsDraft, recordsDraft, type recordsTable } from './records.ts'

export interface Tables {
  readonly log: Log
  readonly documents: ReturnType<typeof documentsTable>
  readonly answers: ReturnType<typeof answersTable>
  readonly deadlines: ReturnType<typeof deadlinesTable>
  readonly records: ReturnType<typeof recordsTable>
  readonly blobs: ReturnType<typeof blobsTable>
}

/** A change as text: encoded when it is accepted, so that one that can't be written fails alone and at once. */
export interface EncodedChange {
  readonly change: Change
  readonly events: readonly EncodedEvent[]
  readonly records: readonly string[]
  readonly answer: string
}

/** A change that was taken, with what it changed in its document (document-patch.ts). */
export interface JournaledChange extends EncodedChange {
  readonly patch: string
}

/** What a batch changes; becomes the store's state once the batch is durable. */
export interface Draft {
  /** The store's clock for the whole batch, ms. */
  readonly now: number
  readonly log: LogDraft
  readonly documents: DocumentsDraft
  readonly answers: AnswersDraft
  readonly deadlines: DeadlinesDraft
  readonly records: RecordsDraft
  readonly blobs: BlobsDraft
}

export const draftOf = ({ log }: Tables, now: number): Draft => ({
  now,
  log: log.draft(),
  documents: new Map(),
  answers: answersDraft(),
  deadlines: new Map(),
  records: recordsDraft(),
  blobs: new Map(),
})

export function adoptDraft(tables: Tables, draft: Draft): void {
  draft.log.adopt()
  tables.documents.adopt(draft.documents)
  tables.answers.adopt(draft.answers)
  tables.deadlines.adopt(draft.deadlines)
  tables.records.adopt(draft.records)
  tables.blobs.adopt(draft.blobs)
}

/**
 * Throws a TypeError for what JSON can't hold, and for times that are no whole ms: the journal would take what no table does.
 * The document's own part is told once it is known what stood before it.
 */
export function encodeChange(change: Change): EncodedChange {
  assertWholeTimes(change)
  const texts = new ChangeTexts()
  return {
    change,
    events: change.events.map((event) => encodeEvent(event, texts)),
    records: (change.records ?? []).map(({ data }) => texts.json(data)),
    answer: change.remember ? texts.json(change.remember.answer) : '',
  }
}

/** Why the change is refused, by what stands and what the batch has drafted; undefined where it is taken. */
function refusalOf(
  tables: Tables,
  draft: Draft,
  { ref, remember, expectedVersion, restsOn, notAfter }: Change,
): CommitResult | undefined {
  const { now } = draft
  if (remember) {
    const earlier = tables.answers.find(ref.tenant, remember.command, now, draft.answers)
    if (earlier) return { status: 'repeated', earlier }
  }
  const standing = tables.documents.read(ref, draft.documents)
  if (standing.version !== expectedVersion) return { status: 'stale', ...standing }
  const isAsRead = (one: RestsOn) => tables.documents.read(one.ref, draft.documents).version === one.version
  if (restsOn && !restsOn.every(isAsRead)) return { status: 'outdated' }
  if (notAfter !== undefined && now >= notAfter) return { status: 'too_late', now }
  return undefined
}

/** What the change comes to, drafted whatever stands: it was taken. */
export function draftChange(
  tables: Tables,
  draft: Draft,
  { change, patch, events, records, answer }: JournaledChange,
  partition: string,
): { readonly version: number; readonly events: readonly StoredEvent[]; readonly head: Head } {
  const { ref, remember, deadlines = {} } = change
  const { tenant } = ref
  const { now } = draft
  const version = tables.documents.put(ref, change.doc, patch, draft.documents)
  const cause = { at: change.at, command: remember?.command }
  const logged = draft.log.append({ partition, tenant }, cause, events)
  for (const name of deadlines.clear ?? []) tables.deadlines.clear(ref, name, draft.deadlines)
  for (const { name, dueAt } of deadlines.set ?? []) tables.deadlines.set(ref, name, dueAt, draft.deadlines)
  for (const { digest, text } of change.blobs ?? []) tables.blobs.add(tenant, digest, text, draft.blobs)
  for (const [i, record] of (change.records ?? []).entries())
    tables.records.put(tenant, record, records[i] ?? '', logged.head.seq, draft.records)
  if (remember) tables.answers.remember(tenant, remember, answer, now, draft.answers)
  // After remembering, so that a change may close the very holder that its answer belongs to.
  for (const holder of change.closeHolders ?? [])
    tables.answers.closeHolder(tenant, holder, now, draft.answers)
  return { version, events: logged.events, head: logged.head }
}

/** `taken`: what the journal is to hold of it. */
export function applyChange(
  tables: Tables,
  draft: Draft,
  encoded: EncodedChange,
  partition: string,
): { readonly result: CommitResult; readonly taken?: JournaledChange } {
  const refusal = refusalOf(tables, draft, encoded.change)
  if (refusal) return { result: refusal }
  const { ref, doc } = encoded.change
  // before anything is drafted: it throws for what JSON can't hold
  const patch = patchText(tables.documents.read(ref, draft.documents).doc, doc)
  const { change, records, answer } = encoded
  const taken = { change, events: encoded.events, records, answer, patch }
  const { version, events, head } = draftChange(tables, draft, taken, partition)
  return { result: { status: 'committed', version, events, head }, taken }
}

function assertWholeTimes({ at, notAfter, deadlines, records, events, remember }: Change): void {
  assertWhole(at)
  assertWhole(notAfter)
  for (const { dueAt } of deadlines?.set ?? []) assertWhole(dueAt)
  for (const record of records ?? []) assertWhole(record.at)
  for (const { push } of events) assertWhole(push?.seq)
  if (remember && 'forMs' in remember.retain) assertWhole(remember.retain.forMs)
}

function assertWhole(n: number | undefined): void {
  if (n !== undefined && !Number.isSafeInteger(n)) throw new TypeError(`${n} is no whole number`)
}
