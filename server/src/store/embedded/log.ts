/** The feed: one dense, hash-chained sequence per partition (ST5, ST9, ST11, PR7). */
import type { ChangeTexts } from '../change-texts.ts'
import { chainHash, dataDigestOf } from '../hash-chain.ts'
import type { CommandId, Head, NewEvent, StoredEvent } from '../store.ts'
import { POSITIONS_PER_PARTITION } from './schema.ts'
import type { Db } from './sqlite.ts'

export interface Partition extends Head {
  readonly id: number
  /** The greatest event time so far, ms. */
  readonly latestAt: number
  /** By how much an event's time was ever behind `latestAt`, ms: bounds the search by time (history.ts). */
  readonly lag: number
  readonly archivedSeq: number
  readonly trimmedSeq: number
  readonly trimmedHash: string
}

/** An event whose data has become text, so that nothing can change it or fail on it later. */
export interface EncodedEvent {
  readonly event: NewEvent
  readonly data: string
  readonly dataDigest: string
}

/** A row of `events`, as COLUMNS selects it. */
export interface EventRow {
  readonly pos: number
  readonly at: number
  readonly type: string
  readonly agent: string | null
  readonly actor: string | null
  readonly push_seq: number | null
  readonly push_state: string | null
  readonly principal: string | null
  readonly command_key: string | null
  readonly data: string
  readonly hash: string
}

export const EVENT_COLUMNS =
  'pos, at, type, agent, actor, push_seq, push_state, principal, command_key, data, hash'

const PARTITION_COLUMNS = `id, name AS partition, tenant, seq, hash, latest_at AS latestAt, lag,
  archived_seq AS archivedSeq, trimmed_seq AS trimmedSeq, trimmed_hash AS trimmedHash`

export function encodeEvent(event: NewEvent, texts: ChangeTexts): EncodedEvent {
  const data = texts.data(event.data)
  return { event, data, dataDigest: dataDigestOf(data) }
}

/** The key of an event, or of the place before a partition's first one (seq 0). */
export const positionOf = (partition: Partition, seq: number): number =>
  partition.id * POSITIONS_PER_PARTITION + seq

export function storedEvent({ partition, tenant }: Head, row: EventRow): StoredEvent {
  return {
    tenant,
    partition,
    seq: row.pos % POSITIONS_PER_PARTITION,
    at: row.at,
    type: row.type,
    ...(row.agent === null ? {} : { agent: row.agent }),
    ...(row.actor === null ? {} : { by: row.actor }),
    ...(row.push_seq === null ? {} : { push: { seq: row.push_seq, state: row.push_state ?? '' } }),
    ...(row.principal === null ? {} : { command: { principal: row.principal, key: row.command_key ?? '' } }),
    data: JSON.parse(row.data),
    hash: row.hash,
  }
}

/** What a batch appends; becomes the log's state with `adopt`, or is dropped with the transaction. */
export interface LogDraft {
  append(
    place: { readonly partition: string; readonly tenant: string },
    cause: { readonly at: number; readonly command?: CommandId },
    events: readonly EncodedEvent[],
  ): { readonly events: readonly StoredEvent[]; readonly head: Head }
  /** What it comes to: rows for the table, and the partitions as they stand after them, by name. */
  readonly rows: unknown[][]
  readonly reached: Map<string, Partition>
  /** To be told once the batch is durable. */
  adopt(): void
}

export type Log = ReturnType<typeof openLog>

export function openLog(db: Db) {
  const partitions = new Map<string, Partition>()
  let lastId = 0
  const adopt = (partition: Partition): void => {
    partitions.set(partition.partition, partition)
    lastId = Math.max(lastId, partition.id)
  }
  for (const partition of db
    .prepare<unknown[], Partition>(`SELECT ${PARTITION_COLUMNS} FROM partitions ORDER BY id`)
    .all())
    adopt(partition)
  /** What the tables have not: what gathers, and what is just being written. */
  let gathering = owedEvents()
  let leaving = owedEvents()

  const insertEvent = db.prepare(
    `INSERT INTO events (pos, part, at, latest_at, type, agent, actor, push_seq, push_state, principal, command_key,
       data, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const savePartition = db.prepare(
    `INSERT INTO partitions (id, name, tenant, seq, hash, latest_at, lag) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, latest_at = excluded.latest_at,
       lag = excluded.lag`,
  )
  const range = db.prepare<unknown[], EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE pos > ? AND pos <= ? ORDER BY pos LIMIT ?`,
  )
  const pushes = db.prepare<unknown[], EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events INDEXED BY events_push
     WHERE part = ? AND agent = ? AND push_seq IS NOT NULL AND push_seq > ? ORDER BY push_seq LIMIT ?`,
  )
  const hash = db.prepare<unknown[], string>('SELECT hash FROM events WHERE pos = ?').pluck()
  const confirm = db.prepare('UPDATE partitions SET archived_seq = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM events WHERE pos > ? AND pos <= ?')
  const trimmed = db.prepare('UPDATE partitions SET trimmed_seq = ?, trimmed_hash = ? WHERE id = ?')

  const headOf = ({ partition, tenant, seq, hash: at }: Head): Head => ({ partition, tenant, seq, hash: at })

  function hashAt(partition: Partition, seq: number): string | undefined {
    if (seq === partition.seq) return seq > 0 ? partition.hash : undefined
    if (seq === partition.trimmedSeq && seq > 0) return partition.trimmedHash
    return seq > 0 && seq <= partition.seq ? hash.get(positionOf(partition, seq)) : undefined
  }

  return {
    partition: (name: string): Partition | undefined => partitions.get(name),
    heads: (): Head[] => [...partitions.values()].map(headOf),
    hashAt,

    draft(): LogDraft {
      const reached = new Map<string, Partition>()
      const rows: unknown[][] = []
      let nextId = lastId + 1

      return {
        rows,
        reached,

        append({ partition: name, tenant }, { at, command }, encoded) {
          const standing = reached.get(name) ?? partitions.get(name) ?? emptyPartition(nextId, name, tenant)
          if (encoded.length === 0) return { events: [], head: headOf(standing) }
          if (standing.id === nextId) nextId += 1
          let { seq, hash: previous } = standing
          const latestAt = Math.max(standing.latestAt, at)
          const events = encoded.map(({ event, data, dataDigest }): StoredEvent => {
            seq += 1
            const { type, agent, by, push, data: fields } = event
            previous = chainHash(
              previous,
              { partition: name, seq, at, type, agent, by, push, command },
              dataDigest,
            )
            rows.push([
              positionOf(standing, seq),
              standing.id,
              at,
              latestAt,
              type,
              agent ?? null,
              by ?? null,
              push?.seq ?? null,
              push?.state ?? null,
              command?.principal ?? null,
              command?.key ?? null,
              data,
              previous,
            ])
            return {
              tenant,
              partition: name,
              seq,
              at,
              type,
              agent,
              by,
              data: fields,
              push,
              command,
              hash: previous,
            }
          })
          const lag = Math.max(standing.lag, latestAt - at)
          const { id, archivedSeq, trimmedSeq, trimmedHash } = standing
          const after: Partition = {
            id,
            partition: name,
            tenant,
            seq,
            hash: previous,
            latestAt,
            lag,
            archivedSeq,
            trimmedSeq,
            trimmedHash,
          }
          reached.set(name, after)
          return { events, head: headOf(after) }
        },

        adopt() {
          for (const [name, partition] of reached) {
            adopt(partition)
            gathering.reached.set(name, partition)
          }
          for (const row of rows) gathering.rows.push(row)
        },
      }
    },

    leave(): number {
      leaving = gathering
      gathering = owedEvents()
      return leaving.rows.length + leaving.reached.size
    },
    left(): void {
      leaving = owedEvents()
    },
    stay(): void {
      for (const row of gathering.rows) leaving.rows.push(row)
      for (const [name, partition] of gathering.reached) leaving.reached.set(name, partition)
      gathering = leaving
      leaving = owedEvents()
    },
    *write(): Generator<void> {
      for (const row of leaving.rows) {
        insertEvent.run(...row)
        yield
      }
      for (const { id, partition, tenant, seq, hash: at, latestAt, lag } of leaving.reached.values()) {
        savePartition.run(id, partition, tenant, seq, at, latestAt, lag)
        yield
      }
    },

    readFeed(partition: Partition, after: number, limit: number): StoredEvent[] {
      const first = positionOf(partition, Math.max(0, after))
      return range
        .all(first, positionOf(partition, partition.seq), limit)
        .map((row) => storedEvent(partition, row))
    },

    readPushes: (partition: Partition, agent: string, after: number, limit: number): StoredEvent[] =>
      pushes.all(partition.id, agent, after, limit).map((row) => storedEvent(partition, row)),

    /** Like `trimTo`, returns what to `adopt` once the transaction is durable. */
    confirmArchived(partition: Partition, seq: number): Partition {
      const archivedSeq = Math.max(partition.archivedSeq, seq)
      confirm.run(archivedSeq, partition.id)
      return { ...partition, archivedSeq }
    },

    /** Deletes the events after the last trimmed one up to `seq`; the caller keeps `seq` within what is archived. */
    trimTo(partition: Partition, seq: number): Partition {
      const trimmedHash = hashAt(partition, seq) ?? ''
      remove.run(positionOf(partition, partition.trimmedSeq), positionOf(partition, seq))
      trimmed.run(seq, trimmedHash, partition.id)
      return { ...partition, trimmedSeq: seq, trimmedHash }
    },

    adopt,
  }
}

const owedEvents = (): Pick<LogDraft, 'rows' | 'reached'> => ({ rows: [], reached: new Map() })

const emptyPartition = (id: number, partition: string, tenant: string): Partition => ({
  id,
  partition,
  tenant,
  seq: 0,
  hash: '',
  latestAt: 0,
  lag: 0,
  archivedSeq: 0,
  trimmedSeq: 0,
  trimmedHash: '',
})
