import type { RecordKind, RecordQuery, RecordWrite, StoredRecord } from '../store.ts'
import { OwedRows } from './owed-rows.ts'
import { type Db, statementCache } from './sqlite.ts'

interface Row {
  readonly id: string
  readonly agent: string | null
  readonly status: string
  readonly open: number
  readonly at: number
  readonly data: string
  readonly seq: number
}

const COLUMNS = 'id, agent, status, open, at, data, seq'

/** How many records are open, or how many more, by tenant and kind. */
type OpenCounts = Map<string, Map<RecordKind, number>>

/** A record that its table has not yet; `data` is JSON. */
interface Written extends Omit<StoredRecord, 'data'> {
  readonly data: string
}

/** What a batch writes, by key. */
export interface RecordsDraft {
  readonly rows: Map<string, Written>
  readonly openCounts: OpenCounts
}

export const recordsDraft = (): RecordsDraft => ({ rows: new Map(), openCounts: new Map() })

export function recordsTable(db: Db) {
  const owed = new OwedRows<Written>()
  const before = db.prepare<unknown[], { open: number; at: number }>(
    'SELECT open, at FROM records WHERE tenant = ? AND kind = ? AND id = ?',
  )
  const upsert = db.prepare(
    `INSERT INTO records (tenant, kind, id, agent, status, open, at, data, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET agent = excluded.agent, status = excluded.status, open = excluded.open,
       data = excluded.data, seq = excluded.seq`,
  )
  const one = db.prepare<unknown[], Row>(
    `SELECT ${COLUMNS} FROM records WHERE tenant = ? AND kind = ? AND id = ?`,
  )
  const statement = statementCache(db)
  const openCounts: OpenCounts = new Map()
  for (const { tenant, kind, n } of db
    .prepare<unknown[], { tenant: string; kind: RecordKind; n: number }>(
      'SELECT tenant, kind, count(*) AS n FROM records WHERE open = 1 GROUP BY tenant, kind',
    )
    .all())
    count(openCounts, tenant, kind, n)

  return {
    put(tenant: string, record: RecordWrite, data: string, seq: number, draft: RecordsDraft): void {
      const { kind, id, agent, status, open, at } = record
      const key = keyOf(tenant, kind, id)
      const standing = draft.rows.get(key) ?? owed.get(key) ?? before.get(tenant, kind, id)
      draft.rows.set(key, { tenant, kind, id, agent, status, open, at: standing?.at ?? at, data, seq })
      count(draft.openCounts, tenant, kind, Number(open) - Number(standing?.open ?? 0))
    },

    adopt({ rows, openCounts: more }: RecordsDraft): void {
      owed.adopt(rows)
      for (const [tenant, kinds] of more) for (const [kind, n] of kinds) count(openCounts, tenant, kind, n)
    },

    leave: (): number => owed.leave(),
    left: (): void => owed.left(),
    stay: (): void => owed.stay(),
    *write(): Generator<void> {
      for (const { tenant, kind, id, agent = null, status, open, at, data, seq } of owed.leaving().values()) {
        upsert.run(tenant, kind, id, agent, status, Number(open), at, data, seq)
        yield
      }
    },

    read(tenant: string, kind: RecordKind, id: string): StoredRecord | undefined {
      const written = owed.get(keyOf(tenant, kind, id))
      if (written) return { ...written, data: JSON.parse(written.data) }
      const row = one.get(tenant, kind, id)
      return row && stored(tenant, kind, row)
    },

    find(query: RecordQuery): StoredRecord[] {
      const { sql, values } = selectRecords(query)
      return (statement(sql).all(...values) as Row[]).map((row) => stored(query.tenant, query.kind, row))
    },

    countOpen(tenant: string): Partial<Record<RecordKind, number>> {
      const kinds = [...(openCounts.get(tenant) ?? [])].filter(([, n]) => n > 0)
      return Object.fromEntries(kinds)
    },
  }
}

/** An id may hold anything, so it comes last. */
const keyOf = (tenant: string, kind: RecordKind, id: string): string => `${tenant} ${kind} ${id}`

function count(counts: OpenCounts, tenant: string, kind: RecordKind, by: number): void {
  if (by === 0) return
  const kinds: Map<RecordKind, number> = counts.get(tenant) ?? new Map()
  counts.set(tenant, kinds)
  kinds.set(kind, (kinds.get(kind) ?? 0) + by)
}

/** The index is named: without statistics SQLite would guess, and a wrong guess reads every record of a kind. */
function selectRecords({ tenant, kind, agent, status, open, after, limit }: RecordQuery) {
  const conditions = ['tenant = ?', 'kind = ?']
  const values: unknown[] = [tenant, kind]
  const also = (condition: string, ...bound: unknown[]): void => {
    conditions.push(condition)
    values.push(...bound)
  }
  if (open !== undefined) also(`open = ${open ? 1 : 0}`)
  if (agent !== undefined) also('agent = ?', agent)
  if (status !== undefined) also('status = ?', status)
  if (after) also('(at, id) > (?, ?)', after.at, after.id)
  values.push(limit)
  const sql = `SELECT ${COLUMNS} FROM records INDEXED BY ${indexFor({ agent, status, open })}
    WHERE ${conditions.join(' AND ')} ORDER BY at, id LIMIT ?`
  return { sql, values }
}

function indexFor({ agent, status, open }: Pick<RecordQuery, 'agent' | 'status' | 'open'>): string {
  if (agent !== undefined) return open ? 'records_open_agent' : 'records_agent'
  if (open) return 'records_open'
  return status !== undefined ? 'records_status' : 'records_all'
}

const stored = (tenant: string, kind: RecordKind, row: Row): StoredRecord => ({
  tenant,
  kind,
  id: row.id,
  ...(row.agent === null ? {} : { agent: row.agent }),
  status: row.status,
  open: row.open === 1,
  at: row.at,
  data: JSON.parse(row.data),
  seq: row.seq,
})
