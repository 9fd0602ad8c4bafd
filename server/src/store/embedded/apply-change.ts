/** One change inside a batch's transaction: refused before anything is written, or written whole. */
import { documentText } from '../document-text.ts'
import type { Change, CommitResult, RestsOn } from '../store.ts'
import type { answersTable } from './answers.ts'
import type { blobsTable } from './blobs.ts'
import type { deadlinesTable } from './deadlines.ts'
import type { DocumentsDraft, documentsTable } from './documents.ts'
import type { Faults } from './faults.ts'
import { type EncodedEvent, encodeEvent, type Log, type LogDraft } from './log.ts'
import type { OpenCounts, recordsTable } from './records.ts'

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
  readonly doc: string
  readonly events: readonly EncodedEvent[]
  readonly records: readonly string[]
  readonly answer: string
}

/** What a batch has changed in memory; becomes the store's state once the batch is durable. */
export interface Draft {
  /** The store's clock for the whole batch, ms. */
  readonly now: number
  readonly log: LogDraft
  readonly openCounts: OpenCounts
  readonly documents: DocumentsDraft
}

/** Throws a TypeError for what JSON can't hold. */
export function encodeChange(change: Change): EncodedChange {
  return {
    change,
    doc: asText(documentText(change.doc)),
    events: change.events.map(encodeEvent),
    records: (change.records ?? []).map(({ data }) => jsonText(data)),
    answer: change.remember ? jsonText(change.remember.answer) : '',
  }
}

export function applyChange(
  tables: Tables,
  draft: Draft,
  { change, doc, events, records, answer }: EncodedChange,
  partition: string,
  faults: Faults,
): CommitResult {
  const { ref, remember, deadlines = {} } = change
  const { tenant } = ref
  const { now } = draft

  if (remember && !faults.forgetAnswers) {
    const earlier = tables.answers.find(tenant, remember.command, now)
    if (earlier) return { status: 'repeated', earlier }
  }
  const standing = tables.documents.read(ref, draft.documents)
  if (standing.version !== change.expectedVersion && !faults.ignoreVersion)
    return { status: 'stale', ...standing }
  const isAsRead = (one: RestsOn) => tables.documents.read(one.ref, draft.documents).version === one.version
  if (change.restsOn && !change.restsOn.every(isAsRead)) return { status: 'outdated' }
  if (change.notAfter !== undefined && now >= change.notAfter && !faults.ignoreNotAfter)
    return { status: 'too_late', now }

  const version = tables.documents.write(ref, change.doc, doc, draft.documents)
  const cause = remember ? { at: change.at, command: remember.command } : { at: change.at }
  const logged = draft.log.append({ partition, tenant }, cause, events)
  for (const name of deadlines.clear ?? []) tables.deadlines.clear(ref, name)
  for (const { name, dueAt } of deadlines.set ?? []) tables.deadlines.set(ref, name, dueAt)
  for (const { digest, text } of change.blobs ?? []) tables.blobs.write(tenant, digest, text)
  for (const [i, record] of (change.records ?? []).entries())
    tables.records.write(tenant, record, records[i] ?? '', logged.head.seq, draft.openCounts)
  if (remember && !faults.forgetAnswers) tables.answers.remember(tenant, remember, answer, now)
  // After remembering, so that a change may close the very holder that its answer belongs to.
  for (const holder of change.closeHolders ?? []) tables.answers.closeHolder(tenant, holder, now)
  return { status: 'committed', version, ...logged }
}

/** To be told once the change's transaction is durable. */
export function releaseClaims({ deadlines }: Tables, { change }: EncodedChange): void {
  for (const name of change.deadlines?.clear ?? []) deadlines.forgetClaim(change.ref, name)
  for (const { name } of change.deadlines?.set ?? []) deadlines.forgetClaim(change.ref, name)
}

const jsonText = (value: unknown): string => asText(JSON.stringify(value))

function asText(text: string | undefined): string {
  if (text === undefined) throw new TypeError('only what JSON can hold can be stored')
  return text
}
