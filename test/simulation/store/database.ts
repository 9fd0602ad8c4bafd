/**
 * The store's state in plain maps, and each of its calls as one atomic step (ST1–ST11). No time passes in here and
 * nothing waits: how long a call takes, and whether its answer arrives, is the connection's business.
 */

import type {
  Change,
  CommandId,
  CommitResult,
  DocumentQuery,
  DocumentRef,
  DueDeadline,
  Head,
  HistoryQuery,
  RecordKind,
  RecordQuery,
  Remembered,
  StoredDocument,
  StoredEvent,
  StoredRecord,
} from '@holdpoint/server'
import { DAY } from '@holdpoint/shared'
import { appendEvents, emptyPartition, type Partition } from './partition.ts'

/** Promises of the store, broken on purpose. */
export interface StoreMistakes {
  /** ST1: a load may be of the version before, and does not say so. */
  staleLoads?: boolean
  /** ST4. */
  forgetAnswers?: boolean
  /** ST2. */
  ignoreVersion?: boolean
  /** ST10. */
  ignoreNotAfter?: boolean
  /** ST6: a claim is for good. */
  claimForEver?: boolean
  /** PR5: claims what is not due yet. */
  claimEarlyMs?: number
  /** ST9: the epoch stays when history was lost. */
  keepEpoch?: boolean
  /** ST9: whoever knows an earlier history may go on with it. */
  unfenced?: boolean
  /** ST3: it answers before it has written; a crash loses what came since. */
  answerEarly?: boolean
}

interface Orders {
  readonly standing: readonly { readonly id: string }[]
  readonly unfinished: readonly { readonly id: string }[]
}

interface Answer extends Remembered {
  readonly holder: string | undefined
  readonly expiresAt: number
}

interface Deadline extends DueDeadline {
  claimedUntil: number
}

/** Told of each change that took effect, at the moment when it did, and of who sent it. */
export type Witness = (change: Change, events: readonly StoredEvent[], now: number, from: string) => void

/** How often a store that answers early writes, in commits. */
const WRITTEN_EVERY = 8
/** How often a store that serves from a replica is behind, in loads. */
const STALE_EVERY = 5

const textOf = (...parts: readonly string[]): string => parts.join(' ')
const refText = ({ tenant, kind, id }: DocumentRef): string => textOf(tenant, kind, id)

/** `<tenant>/0`. */
export const partitionOf = (tenant: string): string => `${tenant}/0`
const tenantOf = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'))

export class Database {
  epoch = 1
  readonly mistakes: StoreMistakes
  /** Told when deadlines were claimed. */
  onClaimed: () => void = () => {}
  #documents = new Map<string, StoredDocument>()
  #answers = new Map<string, Answer>()
  #deadlines = new Map<string, Deadline>()
  #records = new Map<string, Map<string, StoredRecord>>()
  #blobs = new Map<string, string>()
  #partitions = new Map<string, Partition>()
  /** What became of each attempt to commit, so that one that is sent twice takes effect once (ST8). */
  #attempts = new Map<string, CommitResult>()
  readonly #former = new Map<string, StoredDocument>()
  #reads = 0
  #commits = 0
  #lastWritten: (() => void) | undefined
  readonly #clock: () => number
  readonly #witness: Witness

  constructor(clock: () => number, mistakes: StoreMistakes = {}, witness: Witness = () => {}) {
    this.#clock = clock
    this.mistakes = mistakes
    this.#witness = witness
  }

  /** ST10. */
  now(): number {
    return this.#clock()
  }

  load(ref: DocumentRef, command?: CommandId): { doc: unknown; version: number; earlier?: Remembered } {
    const standing = this.#read(refText(ref))
    const earlier = command && this.#answerTo(ref.tenant, command)
    return { doc: standing?.doc, version: standing?.version ?? 0, ...(earlier && { earlier }) }
  }

  #read(key: string): StoredDocument | undefined {
    this.#reads += 1
    const isStale = this.mistakes.staleLoads && this.#reads % STALE_EVERY === 0
    return isStale ? (this.#former.get(key) ?? this.#documents.get(key)) : this.#documents.get(key)
  }

  commit(change: Change, attempt: string, from = ''): CommitResult {
    const before = this.#attempts.get(attempt)
    if (before) return before
    const result = this.#commit(change, from)
    if (result.status !== 'committed') return result
    this.#attempts.set(attempt, result)
    this.#commits += 1
    if (this.mistakes.answerEarly && this.#commits % WRITTEN_EVERY === 0) this.#lastWritten = this.snapshot()
    return result
  }

  #commit(change: Change, from: string): CommitResult {
    const { ref, remember, notAfter, deadlines = {} } = change
    const { tenant } = ref
    const { ignoreVersion, ignoreNotAfter, forgetAnswers } = this.mistakes
    const now = this.now()
    const earlier = remember && this.#answerTo(tenant, remember.command)
    if (earlier) return { status: 'repeated', earlier }
    const standing = this.#documents.get(refText(ref))
    const version = standing?.version ?? 0
    if (version !== change.expectedVersion && !ignoreVersion)
      return { status: 'stale', doc: standing?.doc, version }
    if (change.restsOn?.some((one) => (this.#documents.get(refText(one.ref))?.version ?? 0) !== one.version))
      return { status: 'outdated' }
    if (notAfter !== undefined && now >= notAfter && !ignoreNotAfter) return { status: 'too_late', now }

    // Whatever can't be written must fail before anything is.
    const doc = json(change.doc)
    const records = (change.records ?? []).map((record) => ({ ...record, data: json(record.data) }))
    const answer = remember && json(remember.answer)
    const name = partitionOf(tenant)
    const partition = this.#partitions.get(name) ?? emptyPartition(name, tenant)
    const cause = { at: change.at, ...(remember && { command: remember.command }) }
    const events = appendEvents(partition, cause, change.events)
    if (events.length > 0) this.#partitions.set(name, partition)

    if (this.mistakes.staleLoads && standing) this.#former.set(refText(ref), standing)
    this.#documents.set(refText(ref), { ...ref, doc, version: version + 1 })
    for (const one of deadlines.clear ?? []) this.#deadlines.delete(textOf(refText(ref), one))
    for (const { name: one, dueAt } of deadlines.set ?? [])
      this.#deadlines.set(textOf(refText(ref), one), { ref, name: one, dueAt, claimedUntil: 0 })
    for (const { digest, text } of change.blobs ?? []) {
      const key = textOf(tenant, digest)
      if (!this.#blobs.has(key)) this.#blobs.set(key, text)
    }
    for (const record of records) {
      const all = this.#recordsOf(tenant, record.kind)
      const at = all.get(record.id)?.at ?? record.at
      all.set(record.id, { ...record, tenant, at, seq: partition.seq })
    }
    if (remember && !forgetAnswers) {
      const { command, fingerprint, retain } = remember
      const [holder, expiresAt] =
        'holder' in retain ? [retain.holder, Number.POSITIVE_INFINITY] : [undefined, now + retain.forMs]
      const key = textOf(tenant, command.principal, command.key)
      this.#answers.set(key, { fingerprint, answer, holder, expiresAt })
    }
    for (const closed of change.closeHolders ?? []) this.#closeHolder(tenant, closed, now)
    this.#witness(change, events, now, from)
    return { status: 'committed', version: version + 1, events, head: headOf(partition) }
  }

  #answerTo(tenant: string, { principal, key }: CommandId): Remembered | undefined {
    if (this.mistakes.forgetAnswers) return undefined
    const found = this.#answers.get(textOf(tenant, principal, key))
    return found && found.expiresAt > this.now()
      ? { fingerprint: found.fingerprint, answer: found.answer }
      : undefined
  }

  #closeHolder(tenant: string, holder: string, now: number): void {
    for (const [key, kept] of this.#answers)
      if (kept.holder === holder && key.startsWith(`${tenant} `))
        this.#answers.set(key, { ...kept, holder: undefined, expiresAt: now + DAY })
  }

  // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────

  listDocuments({ tenant, kind, afterId = '', limit }: DocumentQuery): readonly StoredDocument[] {
    return [...this.#documents.values()]
      .filter((one) => one.tenant === tenant && one.kind === kind && one.id > afterId)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
  }

  record(tenant: string, kind: RecordKind, id: string): StoredRecord | undefined {
    return this.#recordsOf(tenant, kind).get(id)
  }

  records({ tenant, kind, agent, status, open, after, limit }: RecordQuery): readonly StoredRecord[] {
    return [...this.#recordsOf(tenant, kind).values()]
      .filter(
        (one) =>
          (agent === undefined || one.agent === agent) &&
          (status === undefined || one.status === status) &&
          (open === undefined || one.open === open) &&
          (after === undefined || one.at > after.at || (one.at === after.at && one.id > after.id)),
      )
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
  }

  countOpen(tenant: string): Readonly<Partial<Record<RecordKind, number>>> {
    const counts: Partial<Record<RecordKind, number>> = {}
    for (const kind of ['approval', 'ticket', 'instruction', 'order', 'run'] as const) {
      const open = [...this.#recordsOf(tenant, kind).values()].filter((one) => one.open).length
      if (open > 0) counts[kind] = open
    }
    return counts
  }

  #recordsOf(tenant: string, kind: RecordKind): Map<string, StoredRecord> {
    const key = textOf(tenant, kind)
    const known = this.#records.get(key) ?? new Map<string, StoredRecord>()
    this.#records.set(key, known)
    return known
  }

  blob(tenant: string, digest: string): string | undefined {
    return this.#blobs.get(textOf(tenant, digest))
  }

  // ── the feed ──────────────────────────────────────────────────────────────────────────────────────────────────

  head(name: string): Head {
    const partition = this.#partitions.get(name)
    return partition ? headOf(partition) : { partition: name, tenant: tenantOf(name), seq: 0, hash: '' }
  }

  heads(): readonly Head[] {
    return [...this.#partitions.values()].map(headOf)
  }

  /** Everything that is kept of a feed, oldest first. */
  feed(name: string): readonly StoredEvent[] {
    return this.#partitions.get(name)?.events ?? []
  }

  readFeed(name: string, after: number, limit: number): readonly StoredEvent[] {
    const partition = this.#partitions.get(name)
    if (!partition) return []
    const from = Math.max(0, after - partition.trimmedSeq)
    return partition.events.slice(from, from + limit)
  }

  hashAt(name: string, seq: number): string | undefined {
    const partition = this.#partitions.get(name)
    if (!partition || seq < 1) return undefined
    if (seq === partition.trimmedSeq) return partition.trimmedHash
    return partition.events[seq - partition.trimmedSeq - 1]?.hash
  }

  readPushes(tenant: string, agent: string, after: number, limit: number): readonly StoredEvent[] {
    return this.feed(partitionOf(tenant))
      .filter((event) => event.agent === agent && event.push !== undefined && event.push.seq > after)
      .slice(0, limit)
  }

  history({ tenant, agent, type, by, from, to, before, limit }: HistoryQuery): readonly StoredEvent[] {
    const ofType = (one: string): boolean =>
      type === undefined || (type.endsWith('.*') ? one.startsWith(type.slice(0, -1)) : one === type)
    return this.feed(partitionOf(tenant))
      .filter(
        (event) =>
          (agent === undefined || event.agent === agent) &&
          (by === undefined || event.by === by) &&
          (from === undefined || event.at >= from) &&
          (to === undefined || event.at < to) &&
          (before === undefined || event.seq < before) &&
          ofType(event.type),
      )
      .toReversed()
      .slice(0, limit)
  }

  confirmArchived(name: string, seq: number, hash: string): void {
    const partition = this.#partitions.get(name)
    if (!partition || this.hashAt(name, seq) !== hash)
      throw new RangeError(`The archive's event ${seq} of ${name} is not the one in the log.`)
    partition.archivedSeq = Math.max(partition.archivedSeq, seq)
  }

  trim(name: string, seq: number): number {
    const partition = this.#partitions.get(name)
    if (!partition) throw new RangeError(`There is no partition ${name}.`)
    const last = Math.min(seq, partition.archivedSeq)
    if (last <= partition.trimmedSeq) return partition.trimmedSeq
    const hash = this.hashAt(name, last) ?? ''
    partition.events = partition.events.slice(last - partition.trimmedSeq)
    partition.trimmedSeq = last
    partition.trimmedHash = hash
    return last
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  claimDeadlines(limit: number, leaseMs: number): readonly DueDeadline[] {
    const { claimForEver, claimEarlyMs = 0 } = this.mistakes
    const now = this.now() + claimEarlyMs
    const free = [...this.#deadlines.values()]
      .filter(({ dueAt, claimedUntil }) => dueAt <= now && claimedUntil <= now)
      .sort((a, b) => a.dueAt - b.dueAt)
      .slice(0, limit)
    for (const one of free) one.claimedUntil = claimForEver ? Number.POSITIVE_INFINITY : now + leaseMs
    if (free.length > 0) this.onClaimed()
    return free.map(({ ref, name, dueAt }) => ({ ref, name, dueAt }))
  }

  nextDeadlineAt(): number | undefined {
    const times = [...this.#deadlines.values()].map(({ dueAt, claimedUntil }) =>
      claimedUntil > this.now() ? claimedUntil : dueAt,
    )
    return times.length > 0 ? Math.min(...times) - (this.mistakes.claimEarlyMs ?? 0) : undefined
  }

  /** For whoever checks. */
  has(ref: DocumentRef): boolean {
    return this.#documents.has(refText(ref))
  }

  /** The tenant's orders; for whoever checks. */
  orders(tenant: string): Orders {
    const { doc } = this.#documents.get(textOf(tenant, 'orders', 'standing')) ?? {}
    return (doc ?? { standing: [], unfinished: [] }) as Orders
  }

  /** Orders that are not recorded on every agent, and that nothing takes up; for whoever checks. */
  unfinished(tenant: string): readonly string[] {
    const key = textOf(tenant, 'orders', 'standing')
    return this.orders(tenant)
      .unfinished.map(({ id }) => id)
      .filter((id) => !this.#deadlines.has(textOf(key, `fan-out:${id}`)))
  }

  /** One that should have been carried out by now; for whoever checks. */
  overdue(): DueDeadline | undefined {
    const now = this.now()
    for (const one of this.#deadlines.values()) if (one.dueAt <= now) return one
    return undefined
  }

  // ── crashes ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Its process dies and starts again. What was acknowledged is on disk, if it keeps its word (ST3). */
  crash(): void {
    if (this.mistakes.answerEarly) this.#lastWritten?.()
  }

  /** What a disk would hold now; returns how to go back to it. */
  snapshot(): () => void {
    const documents = new Map(this.#documents)
    const answers = new Map(this.#answers)
    const deadlines = new Map([...this.#deadlines].map(([key, one]) => [key, { ...one }]))
    const records = new Map([...this.#records].map(([key, all]) => [key, new Map(all)]))
    const blobs = new Map(this.#blobs)
    const partitions = new Map(
      [...this.#partitions].map(([key, one]) => [key, { ...one, events: [...one.events] }]),
    )
    return () => {
      this.#documents = documents
      this.#answers = answers
      this.#deadlines = deadlines
      this.#records = records
      this.#blobs = blobs
      this.#partitions = partitions
      this.#attempts = new Map()
    }
  }

  /** History after a snapshot is lost, and whoever opens the store from here on is told so (ST9). */
  lose(restore: () => void): void {
    restore()
    if (!this.mistakes.keepEpoch) this.epoch += 1
  }
}

const headOf = ({ partition, tenant, seq, hash }: Partition): Head => ({ partition, tenant, seq, hash })

/** What is stored is JSON: whatever would not survive that must not be relied on. */
function json(value: unknown): unknown {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('only what JSON can hold can be stored')
  return JSON.parse(text)
}
