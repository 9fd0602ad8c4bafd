/** History, newest first: one index per filter, and a type family as the merge of its types. */
import type { HistoryQuery, StoredEvent } from '../store.ts'
import { EVENT_COLUMNS, type EventRow, type Partition, positionOf, storedEvent } from './log.ts'
import { type Db, statementCache } from './sqlite.ts'

export function openHistory(db: Db) {
  const statement = statementCache(db)
  const nextType = db
    .prepare<unknown[], string>('SELECT type FROM events WHERE part = ? AND type > ? ORDER BY type LIMIT 1')
    .pluck()
  const latestAt = db.prepare<unknown[], number>('SELECT latest_at FROM events WHERE pos = ?').pluck()

  /** The types of a family (`approval.*`) that the partition has; a handful, found by as many index steps. */
  function typesOf(partition: Partition, prefix: string): string[] {
    const types: string[] = []
    let type = nextType.get(partition.id, prefix)
    while (type?.startsWith(prefix)) {
      types.push(type)
      type = nextType.get(partition.id, type)
    }
    return types
  }

  /** The first seq whose `latest_at` has reached `at`: it never decreases along the feed, so halving finds it. */
  function firstSeqReaching(partition: Partition, at: number): number {
    let low = partition.trimmedSeq + 1
    let high = partition.seq + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((latestAt.get(positionOf(partition, middle)) ?? 0) < at) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The seqs that the times and the page leave; no event's time is more than `lag` behind its `latest_at`. */
  function seqRange(partition: Partition, { from, to, before }: HistoryQuery): readonly [number, number] {
    const first = from === undefined ? 1 : firstSeqReaching(partition, from)
    const ends = [partition.seq]
    if (to !== undefined) ends.push(firstSeqReaching(partition, to + partition.lag) - 1)
    if (before !== undefined) ends.push(before - 1)
    return [first, Math.min(...ends)]
  }

  function select(
    partition: Partition,
    query: HistoryQuery,
    type: string | undefined,
    prefix?: string,
  ): EventRow[] {
    const [first, last] = seqRange(partition, query)
    if (last < first) return []
    const conditions = ['part = ?', 'pos BETWEEN ? AND ?']
    const values: unknown[] = [partition.id, positionOf(partition, first), positionOf(partition, last)]
    const also = (condition: string, ...bound: unknown[]): void => {
      conditions.push(condition)
      values.push(...bound)
    }
    if (query.agent !== undefined) also('agent = ?', query.agent)
    if (query.by !== undefined) also('actor = ?', query.by)
    if (type !== undefined) also('type = ?', type)
    if (prefix !== undefined) also('substr(type, 1, ?) = ?', prefix.length, prefix)
    if (query.from !== undefined) also('at >= ?', query.from)
    if (query.to !== undefined) also('at < ?', query.to)
    const sql = `SELECT ${EVENT_COLUMNS} FROM events ${indexFor(query, type)}
      WHERE ${conditions.join(' AND ')} ORDER BY pos DESC LIMIT ?`
    return statement(sql).all(...values, query.limit) as EventRow[]
  }

  return (partition: Partition, query: HistoryQuery): StoredEvent[] => {
    const { type, agent, by, limit } = query
    const prefix = type?.endsWith('.*') ? type.slice(0, -1) : undefined
    const rows =
      prefix === undefined
        ? select(partition, query, type)
        : agent !== undefined || by !== undefined
          ? select(partition, query, undefined, prefix)
          : typesOf(partition, prefix)
              .flatMap((one) => select(partition, query, one))
              .sort((a, b) => b.pos - a.pos)
              .slice(0, limit)
    return rows.map((row) => storedEvent(partition, row))
  }
}

/** The index is named: without statistics SQLite would guess, and could read a whole type to find one agent. */
function indexFor({ agent, by }: HistoryQuery, type: string | undefined): string {
  if (agent !== undefined) return 'INDEXED BY events_agent'
  if (by !== undefined) return 'INDEXED BY events_actor'
  return type === undefined ? 'NOT INDEXED' : 'INDEXED BY events_type'
}
