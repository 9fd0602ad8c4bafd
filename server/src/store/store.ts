/**
 * The store port. It takes data, never callbacks, so that every adapter can be honest about what one atomic step is.
 *
 * The promises, by number; one contract suite proves them on every adapter:
 * ST1  load sees every earlier commit of that document, or says that it is cached.
 * ST2  a stale version writes nothing and returns what stands (a retry costs no second read); nor does a change write
 *      anything where another document that it rests on is not at the version that was read. A version that was lost and
 *      given again is another one.
 * ST3  commit resolves only once durable.
 * ST4  the answer per command id is remembered: while its holder (item or run) is open and a day beyond, others for
 *      the time that the change says.
 * ST5  feed sequences are dense per partition, from 1, and a partition belongs to one tenant.
 * ST6  a claimed deadline comes back if its claimer dies.
 * ST7  close waits for what was accepted.
 * ST8  a store that cannot say whether it wrote throws OutcomeUnknown; a failed fsync ends the process.
 * ST9  heads carry sequence and hash; the store epoch changes when history may have been lost.
 * ST10 `notAfter` is compared with the store's own clock inside the atomic step; deadlines are claimed on that clock. It
 *      is never behind the last commit, and goes on at the monotonic rate where the wall clock was set back.
 * ST11 trims only what an archive has confirmed.
 */
export interface Store {
  /** Greater after history may have been lost (ST9); part of every agent's fencing token and of every cursor. */
  readonly epoch: number

  /** The store's clock, whole ms: never behind its last commit, and never standing still (ST10). */
  now(): number

  /**
   * Whether a commit would find room. False from one that did not (it was refused as StoreUnavailable) until a write
   * of the store's own was taken, which it tries every few seconds; and after a failed fsync for good.
   */
  writable(): boolean

  /** ST1. `command` also looks up the first answer to that command id. `fresh`: never from memory. */
  load(ref: DocumentRef, command?: CommandId, fresh?: boolean): Promise<Loaded>

  /** ST2, ST3, ST8, ST10: everything in the change, or nothing. */
  commit(change: Change): Promise<CommitResult>

  /** Documents of one kind, by id, after `afterId`. */
  listDocuments(query: DocumentQuery): Promise<readonly StoredDocument[]>

  /** One record, as last written. */
  record(tenant: string, kind: RecordKind, id: string): Promise<StoredRecord | undefined>

  /** Records by `at` (then id), ascending, after `after`. */
  records(query: RecordQuery): Promise<readonly StoredRecord[]>

  /** How many records are open, per kind. */
  countOpen(tenant: string): Promise<Readonly<Partial<Record<RecordKind, number>>>>

  /** An immutable text by its digest (`sha256:…`), or undefined. Tenants don't share blobs. */
  blob(tenant: string, digest: string): Promise<string | undefined>

  /** The partition that a tenant's documents write to. */
  partitionOf(tenant: string): string

  /** ST9: where a partition's feed ends; seq 0 and an empty hash before its first event. */
  head(partition: string): Promise<Head>

  /** Every partition that has a feed, with its head. */
  heads(): Promise<readonly Head[]>

  /**
   * AG4: rejects with StoreUnavailable where another store may have taken the place of the one that said these heads, before it
   * said them and without its knowing. Leases may rest on them otherwise.
   */
  assertCurrent(heads: readonly Head[]): Promise<void>

  /** ST5: events with seq in (after, after+limit], in order. */
  readFeed(partition: string, after: number, limit: number): Promise<readonly StoredEvent[]>

  /** The hash of one event that is still kept (or of the last one trimmed), to check a cursor against (PR4). */
  hashAt(partition: string, seq: number): Promise<string | undefined>

  /** One agent's events that were numbered for its socket, `push.seq` in (after, …], in order. */
  readPushes(tenant: string, agent: string, after: number, limit: number): Promise<readonly StoredEvent[]>

  /** History, newest first. */
  history(query: HistoryQuery): Promise<readonly StoredEvent[]>

  /** ST6, ST10: what is due, claimed for `leaseMs`; committing with `deadlines.clear` removes it. Oldest first. */
  claimDeadlines(limit: number, leaseMs: number): Promise<readonly DueDeadline[]>

  /** When the next unclaimed deadline is due or a claim runs out, ms; undefined when there is none. */
  nextDeadlineAt(): Promise<number | undefined>

  /** Told after each durable commit; a hint only, what counts is read from the feed. Returns the unsubscribe. */
  onCommitted(listener: (hint: CommitHint) => void): () => void

  /**
   * ST11: an archive says that it durably holds the partition's events up to `seq`, whose hash is `hash`.
   * Rejects where the log has another hash there: that archive holds another history.
   */
  confirmArchived(partition: string, seq: number, hash: string): Promise<void>

  /**
   * ST11: deletes events up to `seq` or what an archive confirmed, whichever is less; returns the last seq that is
   * gone by now, 0 where none is.
   */
  trim(partition: string, seq: number): Promise<number>

  /** ST7. Afterwards every call rejects. */
  close(): Promise<void>
}

/** The unit of consistency. */
export interface DocumentRef {
  readonly tenant: string
  readonly kind: DocumentKind
  readonly id: string
}
/** `login` says whose a token's subject is; `person` is who that is. */
export type DocumentKind =
  | 'agent'
  | 'orders'
  | 'access'
  | 'person'
  | 'login'
  | 'policy'
  | 'on-call'
  | 'channels'

/** A document as stored: `doc` is JSON, `version` counts its commits from 1. */
export interface StoredDocument extends DocumentRef {
  readonly doc: unknown
  readonly version: number
}

export interface DocumentQuery {
  readonly tenant: string
  readonly kind: DocumentKind
  readonly afterId?: string
  readonly limit: number
}

/** A command's identity: its idempotency key, scoped to tenant (the change's document) and principal (AP7). */
export interface CommandId {
  readonly principal: string
  readonly key: string
}

/** The first answer to a command id. `fingerprint` tells the same payload from another. */
export interface Remembered {
  readonly fingerprint: string
  readonly answer: unknown
}

/**
 * `version` 0 and no `doc`: nothing is stored. `write`: which write made that version, from a store that may lose its last ones
 * and give their versions again. `cached`: may be behind; a refusal must not be given on it (ST1).
 */
export interface Loaded {
  readonly doc: unknown
  readonly version: number
  readonly write?: string | undefined
  readonly earlier?: Remembered | undefined
  readonly cached: boolean
}

/** A fact, before the log has numbered it. `data` is JSON; `push` is set where the agent's socket must be told. */
export interface NewEvent {
  readonly type: string
  readonly agent?: string | undefined
  /** Who caused it: a person's or an agent's id, or `system`. */
  readonly by?: string | undefined
  readonly data: Readonly<Record<string, unknown>>
  /** The agent's own dense sequence number and the machine's state after this commit. */
  readonly push?: { readonly seq: number; readonly state: string } | undefined
}

/** A fact in the log. `hash` chains header and data digest to the event before it (PR7). */
export interface StoredEvent extends NewEvent {
  readonly tenant: string
  readonly partition: string
  readonly seq: number
  readonly at: number
  readonly hash: string
  /** The command that caused it, where one did: lets the gateway answer its sender in the ack instead of the feed. */
  readonly command?: CommandId | undefined
}

export type RecordKind = 'approval' | 'ticket' | 'instruction' | 'order' | 'run'

/** What history and consoles look up by id long after it left its document. */
export interface RecordWrite {
  readonly kind: RecordKind
  readonly id: string
  readonly agent?: string | undefined
  readonly status: string
  /** Open records are what a console's snapshot holds. */
  readonly open: boolean
  /** When it came to be, ms: the sort order; kept from the first write. */
  readonly at: number
  readonly data: unknown
}

export interface StoredRecord extends RecordWrite {
  readonly tenant: string
  /** The seq of the commit's last event: lets a snapshot say up to where it is current. */
  readonly seq: number
}

export interface RecordQuery {
  readonly tenant: string
  readonly kind: RecordKind
  readonly agent?: string
  readonly status?: string
  readonly open?: boolean
  readonly after?: { readonly at: number; readonly id: string }
  readonly limit: number
}

export interface HistoryQuery {
  readonly tenant: string
  readonly agent?: string
  /** An exact type (`approval.approved`) or a family (`approval.*`). */
  readonly type?: string
  readonly by?: string
  /** From this time on, ms, inclusive. */
  readonly from?: number
  /** Before this time, ms. */
  readonly to?: number
  /** Only events with a smaller seq, to page on. */
  readonly before?: number
  readonly limit: number
}

/** Everything that one command does, as data. */
export interface Change {
  readonly ref: DocumentRef
  /** 0: the document must not exist. */
  readonly expectedVersion: number
  /** ST2: which write made it, where the store said so. */
  readonly expectedWrite?: string | undefined
  /** ST2: documents of the same tenant that this was decided on, by the versions that were read; 0 where there was none. */
  readonly restsOn?: readonly RestsOn[] | undefined
  /** When this was decided, on the store's clock, ms: the events' time. */
  readonly at: number
  /**
   * The document as it was read at the expected version, where `doc` was made from it: nobody writes to either, so a store
   * need not write again what is the same object in both.
   */
  readonly before?: unknown
  readonly doc: unknown
  readonly events: readonly NewEvent[]
  readonly deadlines?: {
    readonly set?: readonly { readonly name: string; readonly dueAt: number }[]
    /** Names; harmless where there is none. Clears come before sets. */
    readonly clear?: readonly string[]
  }
  readonly records?: readonly RecordWrite[]
  readonly blobs?: readonly { readonly digest: string; readonly text: string }[]
  readonly remember?:
    | {
        readonly command: CommandId
        readonly fingerprint: string
        readonly answer: unknown
        /**
         * ST4: while the holder is open and a day beyond, or for a fixed time from now. A holder that an earlier commit
         * closed would keep the answer for good: name a time instead.
         */
        readonly retain: { readonly holder: string } | { readonly forMs: number }
      }
    | undefined
  /** Holders (items, runs) that this commit closes: their answers are kept a day more (ST4). */
  readonly closeHolders?: readonly string[]
  /** ST10: refused as `too_late` when the store's clock has reached this, ms. */
  readonly notAfter?: number | undefined
}

export interface RestsOn {
  readonly ref: DocumentRef
  readonly version: number
  readonly write?: string | undefined
}

export type CommitResult =
  | {
      readonly status: 'committed'
      readonly version: number
      readonly write?: string | undefined
      readonly events: readonly StoredEvent[]
      readonly head: Head
    }
  /** ST2: another writer was first; this is what stands. */
  | {
      readonly status: 'stale'
      readonly doc: unknown
      readonly version: number
      readonly write?: string | undefined
    }
  /** ST2: what the change rests on is at another version by now: read it again, and decide again. */
  | { readonly status: 'outdated' }
  /** ST4: this command id has its answer already (checked before the version). */
  | { readonly status: 'repeated'; readonly earlier: Remembered }
  /** ST10. */
  | { readonly status: 'too_late'; readonly now: number }

export interface Head {
  readonly partition: string
  readonly tenant: string
  readonly seq: number
  readonly hash: string
}

export interface DueDeadline {
  readonly ref: DocumentRef
  readonly name: string
  readonly dueAt: number
}

export interface CommitHint {
  readonly partition: string
  readonly seq: number
}

/** ST8: the step may or may not have been taken; the same command id tells later. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The step was certainly not taken: no room, no connection, or closed. The same command can be tried again later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** What is stored can't be used as it is (damaged, or of a newer version); `message` is a sentence that says why. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable'
}

/** Another process holds the store's folder; `message` is a sentence that says who. */
export class StoreHeld extends Error {
  override readonly name = 'StoreHeld'
}
