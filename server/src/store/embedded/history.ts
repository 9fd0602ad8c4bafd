/**
 * History, newest first. Every index ends in the type and then the feed's order, so that one author's events of one
 * type are one range, however rare among however many. What spans types is the merge of such ranges: types are few.
 */
import type { HistoryQuery, StoredEvent } from '../store.ts'
import { EVENT_COLUMNS, type EventRow, type Partition, positionOf, storedEvent } from './log.ts'
import { type Db, statementCache } from './sqlite.ts'

/** An index, and the column whose one value is looked up in it (none: all of the partition's events). */
interface Drive {
  readonly index: string
  readonly column?: 'agent' | 'actor'
  readonly value?: string
}

/** How far two indexes are counted to find out which of two values is the rarer. */
const COUNTED = 5_000

export function openHistory(db: Db) {
  const statement = statementCache(db)
  const latestAt = db.prepare<unknown[], number>('SELECT latest_at FROM events WHERE pos = ?').pluck()
  const row = db.prepare<unknown[], EventRow>(`SELECT ${EVENT_COLUMNS} FROM events WHERE pos = ?`)

  function howMany(partition: Partition, { index, column, value }: Drive): number {
    const sql = `SELECT count(*) FROM
      (SELECT 1 FROM events INDEXED BY ${index} WHERE part = ? AND ${column} = ? LIMIT ${COUNTED})`
    return Number(statement(sql).pluck().get(partition.id, value))
  }

  function driveOf(partition: Partition, { agent, by }: HistoryQuery): Drive {
    const byAgent: Drive = {
      index: 'events_agent',
      column: 'agent',
      ...(agent === undefined ? {} : { value: agent }),
    }
    const byActor: Drive = {
      index: 'events_actor',
      column: 'actor',
      ...(by === undefined ? {} : { value: by }),
    }
    if (agent === undefined) return by === undefined ? { index: 'events_type' } : byActor
    if (by === undefined) return byAgent
    return howMany(partition, byActor) < howMany(partition, byAgent) ? byActor : byAgent
  }

  /** The types that begin with `prefix`: as many index steps as there are types, not events. */
  function typesOf(partition: Partition, { index, column, value }: Drive, prefix: string): string[] {
    const sql = `SELECT type FROM events INDEXED BY ${index}
      WHERE part = ? ${column ? `AND ${column} = ?` : ''} AND type > ? ORDER BY type LIMIT 1`
    const next = statement(sql).pluck()
    const bound = column ? [partition.id, value] : [partition.id]
    const types: string[] = []
    let type = next.get(...bound, prefix) as string | undefined
    while (type?.startsWith(prefix)) {
      types.push(type)
      type = next.get(...bound, type) as string | undefined
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

  /** The newest positions of one type, or of all where neither type nor author is asked for. */
  function positions(partition: Partition, query: HistoryQuery, drive: Drive, type?: string): number[] {
    const [first, last] = seqRange(partition, query)
    if (last < first) return []
    const conditions = ['part = ?', 'pos BETWEEN ? AND ?']
    const values: unknown[] = [partition.id, positionOf(partition, first), positionOf(partition, last)]
    const also = (condition: string, value: unknown): void => {
      conditions.push(condition)
      values.push(value)
    }
    if (query.agent !== undefined) also('agent = ?', query.agent)
    if (query.by !== undefined) also('actor = ?', query.by)
    if (type !== undefined) also('type = ?', type)
    if (query.from !== undefined) also('at >= ?', query.from)
    if (query.to !== undefined) also('at < ?', query.to)
    const sql = `SELECT pos FROM events ${type === undefined ? 'NOT INDEXED' : `INDEXED BY ${drive.index}`}
      WHERE ${conditions.join(' AND ')} ORDER BY pos DESC LIMIT ?`
    return statement(sql)
      .pluck()
      .all(...values, query.limit) as number[]
  }

  return (partition: Partition, query: HistoryQuery): StoredEvent[] => {
    const { type, limit } = query
    const drive = driveOf(partition, query)
    const prefix = type?.endsWith('.*') ? type.slice(0, -1) : ''
    const found =
      type !== undefined && prefix === ''
        ? positions(partition, query, drive, type)
        : type === undefined && !drive.column
          ? positions(partition, query, drive)
          : typesOf(partition, drive, prefix).flatMap((one) => positions(partition, query, drive, one))
    return found
      .sort((a, b) => b - a)
      .slice(0, limit)
      .flatMap((pos) => row.get(pos) ?? [])
      .map((one) => storedEvent(partition, one))
  }
}
