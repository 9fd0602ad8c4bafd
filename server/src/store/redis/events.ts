/** The feed, pushes and history, read. */
import type { HistoryQuery, StoredEvent } from '../store.ts'
import { type Chain, readRows, seqOf } from './chain.ts'
import type { Connection, Reply } from './connection.ts'
import { type EventEntry, storedEvent } from './event-entry.ts'
import { type Keys, partitionOf } from './keys.ts'
import { scripts } from './script.ts'

interface Place {
  readonly connection: Connection
  readonly keys: Keys
  readonly chain: Chain
}

/** Events that one call looks at: bounds how long it holds Redis up. */
const LOOKED_AT = 1_000

/** Gives each its hash: the one that is kept, or, at the feed's end, the one that follows from what comes before. */
async function withHashes(
  { chain }: Place,
  partition: string,
  rows: readonly { readonly seq: number; readonly entry: EventEntry; readonly hash: string | undefined }[],
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (const { seq, entry, hash } of rows)
    events.push(storedEvent(partition, seq, entry, hash || (await chain.hash(partition, seq))))
  return events
}

export async function readFeed(
  place: Place,
  partition: string,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const { connection, keys } = place
  const from = `${Math.max(0, Math.floor(after)) + 1}-0`
  const [rows, kept] = await Promise.all([
    readRows(connection, keys, partition, after, limit),
    connection.send(
      'XRANGE',
      `${keys.head(partition)}:chain`,
      from,
      '+',
      'COUNT',
      String(Math.max(1, limit)),
    ),
  ])
  const [first] = rows
  if (first)
    place.chain.learn(
      partition,
      first.seq,
      rows.map(({ entry }) => entry),
    )
  const hashes = new Map(
    (kept as readonly (readonly [string, readonly string[]])[]).map(([id, fields]) => [seqOf(id), fields[1]]),
  )
  return withHashes(
    place,
    partition,
    rows.map((row) => ({ ...row, hash: hashes.get(row.seq) })),
  )
}

export async function readPushes(
  place: Place,
  tenant: string,
  agent: string,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const partition = partitionOf(tenant)
  const args = [agent, String(after), String(limit)]
  const rows = await place.connection.run(scripts.readPushes, place.keys.head(partition), args)
  return withHashes(place, partition, rowsOf(rows as readonly Reply[]))
}

export async function readHistory(place: Place, query: HistoryQuery): Promise<StoredEvent[]> {
  const partition = partitionOf(query.tenant)
  const indexes = await indexesFor(place, partition, query)
  const found = await Promise.all(indexes.map((index) => alongIndex(place, partition, index, query)))
  const newest = found
    .flat()
    .sort((a, b) => b.seq - a.seq)
    .slice(0, query.limit)
  return withHashes(place, partition, newest)
}

const isFamily = (type: string | undefined): type is string => type?.endsWith('.*') ?? false

/** The index that leaves the fewest events to look at; for a family those of its types, together. */
async function indexesFor(
  { connection: { send }, keys }: Place,
  partition: string,
  { agent, by, type }: HistoryQuery,
): Promise<string[]> {
  const head = keys.head(partition)
  const types = isFamily(type)
    ? ((await send('SMEMBERS', `${head}:types`)) as readonly string[]).filter((one) =>
        one.startsWith(type.slice(0, -1)),
      )
    : type === undefined
      ? undefined
      : [type]
  const candidates = [
    ...(agent === undefined ? [] : [[`agent:${agent}`]]),
    ...(by === undefined ? [] : [[`by:${by}`]]),
    ...(types === undefined ? [] : [types.map((one) => `type:${one}`)]),
  ]
  const [first] = candidates
  if (candidates.length < 2) return first ?? ['']
  const sizes = await Promise.all(
    candidates.map(async (indexes) => {
      const counts = await Promise.all(indexes.map((index) => send('ZCARD', `${head}:events:${index}`)))
      return counts.reduce<number>((sum, count) => sum + Number(count), 0)
    }),
  )
  return candidates[sizes.indexOf(Math.min(...sizes))] ?? ['']
}

async function alongIndex(
  { connection, keys }: Place,
  partition: string,
  index: string,
  query: HistoryQuery,
) {
  const { agent = '', by = '', type, from, to, limit } = query
  const found: ReturnType<typeof rowsOf> = []
  for (let before = query.before; found.length < limit; ) {
    const [next, ...rows] = (await connection.run(scripts.readHistory, keys.head(partition), [
      index,
      text(before),
      text(from),
      text(to),
      agent,
      by,
      isFamily(type) ? type.slice(0, -1) : (type ?? ''),
      isFamily(type) ? '1' : '0',
      String(limit - found.length),
      String(LOOKED_AT),
    ])) as readonly Reply[]
    found.push(...rowsOf(rows))
    before = Number(next)
    if (before === 0) break
  }
  return found
}

const text = (n: number | undefined): string => (n === undefined ? '' : String(n))

const rowsOf = (rows: readonly Reply[]) =>
  (rows as readonly (readonly [number, string, string, string])[]).map(([seq, header, data, hash]) => ({
    seq,
    entry: { header, data },
    hash: hash === '' ? undefined : hash,
  }))
